import assert from 'node:assert/strict'
import { test } from 'node:test'
import { byName } from '@motia/project/bundling/zod.ts'

const CHANGED: [string, string][] = [
  [`import { z } from 'zod'`, `import * as z from 'zod'`],
  [`import { z } from "zod";\n`, `import * as z from 'zod';\n`],
  [`import z from 'zod/v4'`, `import * as z from 'zod/v4'`],
  [`import { z as schema } from 'zod'`, `import * as schema from 'zod'`],
  [`import { default as z } from 'zod'`, `import * as z from 'zod'`],
  [`import { z, ZodError } from 'zod'`, `import * as z from 'zod'; import { ZodError } from 'zod'`],
  [`import { type ZodType, z } from 'zod'`, `import * as z from 'zod'; import { type ZodType } from 'zod'`],
  [`import {\n  z\n} from 'zod'\nx()`, `import * as z from 'zod'\n\n\nx()`],
  [`// first\n/* import */\n'use strict'\nimport a from './a'\nimport { z } from 'zod'`,
    `// first\n/* import */\n'use strict'\nimport a from './a'\nimport * as z from 'zod'`],
]

for (const [source, wanted] of CHANGED) test(`changes ${JSON.stringify(source)}`, () => assert.equal(byName(source), wanted))

const LEFT = [
  `import * as z from 'zod'`,
  `import type { z } from 'zod'`,
  `import { ZodError } from 'zod'`,
  `import { z } from './zod'`,
  `import { z } from 'zodiac'`,
  `export { z } from 'zod'`,
  `const z = await import('zod')`,
  'const code = `\nimport { z } from \'zod\'\n`',
  `/*\nimport { z } from 'zod'\n*/`,
  `// import { z } from 'zod'`,
]

for (const source of LEFT) test(`leaves ${JSON.stringify(source)}`, () => assert.equal(byName(source), source))

test('a file with many comments is looked at once', () => {
  const source = `${'//////////////////////////////  \n'.repeat(2000)}const a = 1\nimport { z } from 'zod'\n`
  const start = performance.now()
  assert.equal(byName(source), source)
  assert.ok(performance.now() - start < 1000)
})
