import { units } from './units.js'

/**
 * The shortest text of a duration, `1h30m`.
 *
 * @param {number} milliseconds
 * @returns {string}
 */
export function format(milliseconds) {
  let rest = Math.round(milliseconds)
  if (rest === 0) {
    return '0ms'
  }
  let text = ''
  for (const [unit, size] of Object.entries(units)) {
    const amount = Math.floor(rest / size)
    rest -= amount * size
    if (amount > 0) {
      text += `${amount}${unit}`
    }
  }
  return text
}
