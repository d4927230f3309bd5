import { useEffect, useRef, useState } from 'react'

/**
 * What somebody types into a filter, handed on a moment after the last key. What comes back of it changes nothing in
 * the field, for more may have been typed meanwhile; a value that was not sent from here (a link, the way back) does.
 * @param value what is filtered by now
 * @param pauseMs how long the keys rest before it is handed on
 * @returns what the field shows, and what sets it
 */
export function useSettled(
  value: string,
  onChange: (value: string) => void,
  pauseMs = 250,
): readonly [string, (text: string) => void] {
  const [text, setText] = useState(value)
  const sent = useRef<string[]>([])
  const latest = useRef({ value, onChange })
  latest.current = { value, onChange }
  useEffect(() => {
    const at = sent.current.indexOf(value)
    sent.current = at < 0 ? [] : sent.current.slice(at + 1)
    if (at < 0) setText(value)
  }, [value])
  useEffect(() => {
    const wanted = text.trim()
    if (wanted === (sent.current.at(-1) ?? latest.current.value)) return
    const timer = setTimeout(() => {
      sent.current.push(wanted)
      latest.current.onChange(wanted)
    }, pauseMs)
    return () => clearTimeout(timer)
  }, [text, pauseMs])
  return [text, setText]
}
