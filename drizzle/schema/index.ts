export * from './record'
export * from './runs'
