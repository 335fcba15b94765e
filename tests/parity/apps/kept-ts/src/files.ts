import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type BaseStreamItem, type StateAdapter, type StateItem, StreamAdapter } from 'motia'

/** JSON files in a folder: a group is a folder of its own. */
class Files {
  constructor(readonly kind: string) {}

  folder(group: string): string {
    const { KEPT_FOLDER } = process.env
    if (!KEPT_FOLDER) throw new Error('KEPT_FOLDER is not set')
    return join(KEPT_FOLDER, this.kind, encodeURIComponent(group))
  }

  async read(group: string, name: string): Promise<unknown> {
    try {
      return JSON.parse(await readFile(join(this.folder(group), encodeURIComponent(name)), 'utf8'))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
      throw error
    }
  }

  async write(group: string, name: string, value: unknown): Promise<void> {
    await mkdir(this.folder(group), { recursive: true })
    await writeFile(join(this.folder(group), encodeURIComponent(name)), JSON.stringify(value))
  }

  async remove(group: string, name = ''): Promise<void> {
    await rm(join(this.folder(group), encodeURIComponent(name)), { recursive: true, force: true })
  }

  async names(group: string): Promise<string[]> {
    const files = await readdir(this.folder(group)).catch(() => [])
    return files.map(decodeURIComponent).sort()
  }

  async all(group: string): Promise<unknown[]> {
    return Promise.all((await this.names(group)).map((name) => this.read(group, name)))
  }
}

export class FileState implements StateAdapter {
  readonly #files = new Files('state')

  async get<T>(group: string, key: string): Promise<T | null> {
    return (await this.#files.read(group, key)) as T | null
  }

  async set<T>(group: string, key: string, value: T): Promise<T> {
    await this.#files.write(group, key, value)
    return value
  }

  async delete<T>(group: string, key: string): Promise<T | null> {
    const value = await this.get<T>(group, key)
    await this.#files.remove(group, key)
    return value
  }

  async getGroup<T>(group: string): Promise<T[]> {
    return (await this.#files.all(group)) as T[]
  }

  async clear(group: string): Promise<void> {
    await this.#files.remove(group)
  }

  async keys(group: string): Promise<string[]> {
    return this.#files.names(group)
  }

  async traceIds(): Promise<string[]> {
    return []
  }

  async items(): Promise<StateItem[]> {
    return []
  }

  async cleanup(): Promise<void> {}
}

export class FileStream<T extends object> extends StreamAdapter<T> {
  readonly #files = new Files(`stream-${this.streamName}`)

  async get(group: string, id: string): Promise<BaseStreamItem<T> | null> {
    if (group === 'broken') throw new Error('the disk is full')
    return (await this.#files.read(group, id)) as BaseStreamItem<T> | null
  }

  async set(group: string, id: string, data: T): Promise<BaseStreamItem<T>> {
    const item = { ...data, id }
    await this.#files.write(group, id, item)
    return item
  }

  async delete(group: string, id: string): Promise<BaseStreamItem<T> | null> {
    const item = await this.get(group, id)
    await this.#files.remove(group, id)
    return item
  }

  async getGroup(group: string): Promise<BaseStreamItem<T>[]> {
    if (group === 'broken') throw new Error('the disk is full')
    return (await this.#files.all(group)) as BaseStreamItem<T>[]
  }
}
