/**
 * Which host answers for a service: what the environment says, or the regional default.
 *
 * Variables as in "AWS SDKs and Tools Reference Guide: service-specific endpoints".
 */

import { CloudError } from '../errors.ts'

/** The variables of a process. */
export type Environ = Readonly<Record<string, string | undefined>>

/** A URL in parts. path: without a final slash, with its query if it has one. custom: not AWS's own. */
export interface Endpoint {
  readonly host: string
  readonly port: number
  readonly tls: boolean
  readonly path: string
  readonly custom: boolean
}

// AWS's partitions by the beginning of their regions' names.
const SUFFIXES: readonly [string, string][] = [
  ['cn-', 'amazonaws.com.cn'],
  ['us-iso-', 'c2s.ic.gov'],
  ['us-isob-', 'sc2s.sgov.gov'],
  ['eu-isoe-', 'cloud.adc-e.uk'],
  ['us-isof-', 'csp.hci.ic.gov'],
  ['eusc-', 'amazonaws.eu'],
]

/** The parts of a URL. CloudError for anything but http and https with a host. */
export function parseEndpoint(url: string): Endpoint {
  const found = /^(https?):\/\/([^/]*)(.*)$/is.exec(url.trim())
  const [, scheme = '', authority = '', path = ''] = found ?? []
  const [host, port] = splitAuthority(authority)
  if (!found || !host || /[@#?\\]|[\0- ]/.test(authority) || !isAscii(url.trim())) {
    throw new CloudError(`'${withoutUser(url)}' is not an endpoint`, {
      allowed: 'http://host[:port] or https://host[:port]',
      remedy: 'correct AWS_ENDPOINT_URL or its service-specific variant',
    })
  }
  const tls = scheme.toLowerCase() === 'https'
  return {
    host: host.toLowerCase(),
    port: port ? Number(port) : tls ? 443 : 80,
    tls,
    path: path.replace(/\/+$/, ''),
    custom: true,
  }
}

/** The endpoint of a service, such as `sqs`, in a region. */
export function resolveEndpoint(service: string, region: string, environ: Environ = process.env): Endpoint {
  if (environ['AWS_IGNORE_CONFIGURED_ENDPOINT_URLS']?.toLowerCase() !== 'true') {
    const url = environ[`AWS_ENDPOINT_URL_${service.toUpperCase()}`] || environ['AWS_ENDPOINT_URL']
    if (url) return parseEndpoint(url)
  }
  return { host: `${service}.${region}.${dnsSuffix(region)}`, port: 443, tls: true, path: '', custom: false }
}

/** The domain of the region's partition. */
export function dnsSuffix(region: string): string {
  return SUFFIXES.find(([prefix]) => region.startsWith(prefix))?.[1] ?? 'amazonaws.com'
}

/** The region of this sandbox. CloudError when none is set. */
export function regionOf(environ: Environ = process.env): string {
  const region = environ['AWS_REGION'] || environ['AWS_DEFAULT_REGION']
  if (!region || !/^[A-Za-z0-9-]+$/.test(region)) {
    throw new CloudError(region ? `'${region}' is not an AWS region` : 'there is no AWS region', {
      where: 'environment',
      remedy: 'set AWS_REGION, for example to eu-central-1',
    })
  }
  return region
}

function splitAuthority(authority: string): [string, string] {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/s.exec(authority)
  const plain = authority.startsWith('[') ? null : /^([^:]*)(?::(.*))?$/s.exec(authority)
  const [, host = '', port = ''] = bracketed ?? plain ?? []
  return port && !(/^\d+$/.test(port) && Number(port) > 0 && Number(port) < 65536) ? ['', ''] : [host, port]
}

function isAscii(text: string): boolean {
  return /^[\0-\x7f]*$/.test(text)
}

function withoutUser(url: string): string {
  const scheme = /^[^/]*:\/\//.exec(url)?.[0] ?? ''
  return scheme + url.slice(url.lastIndexOf('@') < scheme.length ? scheme.length : url.lastIndexOf('@') + 1)
}
