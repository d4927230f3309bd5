export * from './accounts'
export * from './outside'
export * from './record'
export * from './runs'
