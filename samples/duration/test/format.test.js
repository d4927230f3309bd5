import assert from 'node:assert/strict'
import { test } from 'node:test'
import { format } from '../src/index.js'

test('prints the units that are needed', () => {
  assert.equal(format(5_400_000), '1h30m')
  assert.equal(format(45_000), '45s')
})

test('prints nothing as 0ms', () => {
  assert.equal(format(0), '0ms')
})
