import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'
import { kindWord } from '@/components/runs/log/log-row'
import { ReviewView } from '@/components/runs/review-view'
import { BeadStatusChip } from '@/components/ui/status'

test('a gate that stands open waits, whatever else is at work runs', () => {
  const said = (category: 'gate' | 'agent', status: 'running' | 'completed') =>
    renderToStaticMarkup(<BeadStatusChip status={status} category={category} />)
  expect(said('gate', 'running')).toMatch(/Waiting/)
  expect(said('gate', 'running')).not.toMatch(/spin|Running/)
  expect(said('gate', 'completed')).toMatch(/Completed/)
  expect(said('agent', 'running')).toMatch(/spin.*Running/)
})

test('a review names the same author at the gate and on the run', () => {
  const review = { decision: 'approve', confidence: 0.95, summary: 'Good.', comments: [] } as const
  const of = (source: string) =>
    renderToStaticMarkup(<ReviewView review={{ ...review, comments: [] }} source={source} />)
  expect(of('devpilot')).toBe(of('reviewer'))
  expect(of('cline')).toMatch(/cline, confidence/)
})

test('people read step where the API says bead', () => {
  expect([kindWord('bead'), kindWord('tool')]).toEqual(['step', 'tool'])
})
