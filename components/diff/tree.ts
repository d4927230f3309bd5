/** A folder or a file in the tree of a diff; a folder with nothing but one folder in it is drawn in one line with it. */
export type TreeNode =
  | { readonly kind: 'folder'; readonly name: string; readonly nodes: readonly TreeNode[] }
  | { readonly kind: 'file'; readonly name: string; readonly file: number }

interface Folder {
  readonly folders: Map<string, Folder>
  readonly files: TreeNode[]
}

/** The paths of a diff as a tree, folders first in the order of the diff. @param paths by the index of their file */
export function treeOf(paths: readonly string[]): readonly TreeNode[] {
  const root: Folder = { folders: new Map(), files: [] }
  paths.forEach((path, file) => {
    const parts = path.split('/')
    const name = parts.pop() ?? path
    let folder = root
    for (const part of parts) {
      const next = folder.folders.get(part) ?? { folders: new Map(), files: [] }
      folder.folders.set(part, next)
      folder = next
    }
    folder.files.push({ kind: 'file', name, file })
  })
  return nodesOf(root)
}

function nodesOf(folder: Folder): readonly TreeNode[] {
  const folders = [...folder.folders].map(([name, inner]): TreeNode => {
    const nodes = nodesOf(inner)
    const [only] = nodes
    return nodes.length === 1 && only?.kind === 'folder'
      ? { ...only, name: `${name}/${only.name}` }
      : { kind: 'folder', name, nodes }
  })
  return [...folders, ...folder.files]
}
