/** State and streams are kept in files of a folder of their own. */

import { defineConfig } from 'motia'
import { FileState, FileStream } from '@/files'

export default defineConfig({ adapters: { state: new FileState(), streams: FileStream } })
