import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const config = {
  type: 'api',
  name: 'Included',
  path: '/included',
  method: 'GET',
  emits: [],
  includeFiles: ['./templates/*.html', 'templates/**/*.txt', '../assets/logo.txt'],
}

const here = dirname(fileURLToPath(import.meta.url))
const text = (path: string) => readFileSync(path, 'utf8')

export const handler = async () => ({
  status: 200,
  body: {
    glob: text(join(here, 'templates/welcome.html')),
    deep: text(join(__dirname, 'templates/mail/letter.txt')),
    above: text(join(here, '../assets/logo.txt')),
    root: text(join(dirname(here), 'assets/logo.txt')),
  },
})
