import { units } from './units.js'

const part = /(\d+)\s*(ms|[dhms])/g

/**
 * Milliseconds of a duration such as `1h30m`.
 *
 * @param {string} text
 * @returns {number}
 * @throws {RangeError} when the text holds no duration
 */
export function parse(text) {
  const parts = [...text.toLowerCase().matchAll(part)]
  if (parts.length === 0) {
    throw new RangeError(`not a duration: ${text}`)
  }
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * units[unit], 0)
}
