import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from '../src/index.js'

test('parses one unit', () => {
  assert.equal(parse('45s'), 45_000)
  assert.equal(parse('250ms'), 250)
})

test('adds several units', () => {
  assert.equal(parse('1h30m'), 5_400_000)
  assert.equal(parse('2d 4h'), 187_200_000)
})

test('takes upper case', () => {
  assert.equal(parse('1H'), 3_600_000)
})

test('refuses what is no duration', () => {
  assert.throws(() => parse('soon'), RangeError)
})
