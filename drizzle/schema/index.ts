export * from './outside'
export * from './record'
export * from './runs'
