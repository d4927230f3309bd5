'use client'

import { clsx } from 'clsx'
import { Check, Folder } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { visible } from '@/lib/core/visible'
import { Counts, type FileFacts, NoteCounts } from './diff-row'
import { type TreeNode, treeOf } from './tree'

/** Of more files the tree names the first ones. */
const MOST = 500

interface FileTreeProps {
  readonly files: readonly FileFacts[]
  readonly viewed: ReadonlySet<string>
  readonly current: number
  readonly go: (file: number) => void
}

/** The files of a diff as a tree: what changed in each, what was found there, and which have been looked at. */
export function FileTree({ files, viewed, current, go }: FileTreeProps) {
  const nodes = treeOf(files.slice(0, MOST).map(({ file }) => file.path))
  const nav = useRef<HTMLElement>(null)
  // biome-ignore lint/correctness/useExhaustiveDependencies: another file is to be seen
  useEffect(() => keepInSight(nav.current), [current])
  return (
    <nav ref={nav} aria-label="Files of the change" className="text-sm">
      <Nodes nodes={nodes} files={files} viewed={viewed} current={current} go={go} />
      {files.length > MOST && (
        <p className="px-2 py-1 text-xs text-muted">and {files.length - MOST} more files</p>
      )}
    </nav>
  )
}

function Nodes({ nodes, ...rest }: FileTreeProps & { readonly nodes: readonly TreeNode[] }) {
  return (
    <ul>
      {nodes.map((node) =>
        node.kind === 'folder' ? (
          <li key={`${node.name}/`}>
            <p className="flex items-center gap-1.5 px-2 py-0.5 text-xs text-muted">
              <Folder aria-hidden className="size-3.5 shrink-0" />
              <span className="code min-w-0 truncate">{visible(node.name)}</span>
            </p>
            <div className="ml-3.5 border-l pl-1">
              <Nodes nodes={node.nodes} {...rest} />
            </div>
          </li>
        ) : (
          <li key={node.file}>
            <FileLink node={node} {...rest} />
          </li>
        ),
      )}
    </ul>
  )
}

/** Moves the box around the tree and nothing else, so that the current file can be seen in it. */
function keepInSight(nav: HTMLElement | null): void {
  const box = nav?.parentElement
  const item = nav?.querySelector('[aria-current]')
  if (!box || !item) return
  const [outer, inner] = [box.getBoundingClientRect(), item.getBoundingClientRect()]
  if (inner.top < outer.top) box.scrollTop -= outer.top - inner.top + 24
  else if (inner.bottom > outer.bottom) box.scrollTop += inner.bottom - outer.bottom + 24
}

type FileLinkProps = FileTreeProps & { readonly node: Extract<TreeNode, { kind: 'file' }> }

function FileLink({ node, files, viewed, current, go }: FileLinkProps) {
  const facts = files[node.file]
  if (!facts) return null
  const { file, notes } = facts
  const done = viewed.has(file.path)
  return (
    <button
      type="button"
      onClick={() => go(node.file)}
      aria-current={current === node.file ? 'location' : undefined}
      title={visible(file.path)}
      className={clsx(
        'flex w-full items-center gap-1.5 rounded-md px-2 py-1 text-left hover:bg-raised',
        current === node.file && 'bg-accent-tint',
      )}
    >
      <span
        className={clsx(
          'code min-w-0 flex-1 truncate',
          done && 'text-muted',
          file.status === 'deleted' && 'line-through',
        )}
      >
        {visible(node.name)}
      </span>
      {done && <Check aria-label="viewed" className="size-3.5 shrink-0 text-green" />}
      <NoteCounts notes={notes} />
      <Counts added={file.added} removed={file.removed} />
    </button>
  )
}
