/** Amazon DynamoDB: items as objects. */

import { AwsError } from '../errors.ts'
import type { Attributes, Item } from './attributes.ts'
import { fromItem, toAttribute, toItem } from './attributes.ts'
import type { AwsClient } from './client.ts'
import { MAX_ATTEMPTS, backoff } from './client.ts'

const MAX_BATCH = 25 // DynamoDB API Reference, BatchWriteItem: requests a call
export const CONDITION_FAILED = 'ConditionalCheckFailedException'

/** names, values: of the condition. */
export interface Condition {
  readonly condition?: string | undefined
  readonly names?: Readonly<Record<string, string>> | undefined
  readonly values?: Readonly<Item> | undefined
}

/** returnOld: give what was there. */
export interface Write extends Condition {
  readonly returnOld?: boolean
}

/** returning: NONE, ALL_OLD, UPDATED_OLD, ALL_NEW or UPDATED_NEW. */
export interface Update extends Condition {
  readonly returning?: string
}

/** attributes: only these. */
export interface Read {
  readonly attributes?: readonly string[]
  readonly consistent?: boolean
}

type Parameters = Record<string, unknown>

interface Page {
  readonly Items?: readonly Attributes[]
  readonly LastEvaluatedKey?: Attributes
}

/** Items of tables by name. Every method rejects with AwsError. */
export class DynamoClient {
  readonly client: AwsClient

  constructor(client: AwsClient) {
    this.client = client
  }

  /** The item, or null. */
  async get(table: string, key: Item, { attributes = [], consistent = true }: Read = {}): Promise<Item | null> {
    const parameters = { TableName: table, Key: toItem(key), ConsistentRead: consistent, ...projection(attributes) }
    const { Item: item } = await this.client.call<{ Item?: Attributes }>('GetItem', parameters)
    return item ? fromItem(item) : null
  }

  /** Create or replace an item; gives what it replaced if asked to. */
  async put(table: string, item: Item, write: Write = {}): Promise<Item | null> {
    return this.#old({ TableName: table, Item: toItem(item), ...expression(write) }, 'PutItem', write)
  }

  /** Remove an item, if there; gives what was there if asked to. */
  async delete(table: string, key: Item, write: Write = {}): Promise<Item | null> {
    return this.#old({ TableName: table, Key: toItem(key), ...expression(write) }, 'DeleteItem', write)
  }

  /** Change attributes. */
  async update(table: string, key: Item, change: string, update: Update = {}): Promise<Item | null> {
    const parameters = {
      TableName: table,
      Key: toItem(key),
      UpdateExpression: change,
      ReturnValues: update.returning ?? 'NONE',
      ...expression(update),
    }
    // ADD and list_append count twice when done twice: leave that to the counted attempts, as the SDKs do.
    const { Attributes: found } = await this.client.call<{ Attributes?: Attributes }>('UpdateItem', parameters, false)
    return found ? fromItem(found) : null
  }

  /** The items of a partition in order of their sort key. partition: (attribute, value). */
  async query(table: string, partition: readonly [string, unknown], read: Read = {}): Promise<Item[]> {
    const { attributes = [], consistent = true } = read
    const chosen = projection(attributes)
    return this.#pages('Query', {
      TableName: table,
      KeyConditionExpression: '#partition = :partition',
      ConsistentRead: consistent,
      ...chosen,
      ExpressionAttributeNames: { ...chosen.ExpressionAttributeNames, '#partition': partition[0] },
      ExpressionAttributeValues: { ':partition': toAttribute(partition[1]) },
    })
  }

  /** Every item of a table, in no order: as slow and dear as the table is large. */
  async scan(table: string, { attributes = [], consistent = true }: Read = {}): Promise<Item[]> {
    return this.#pages('Scan', { TableName: table, ConsistentRead: consistent, ...projection(attributes) })
  }

  /** Delete keys, any number, in no order; each succeeds or fails alone. What DynamoDB leaves is sent again. */
  async batchDelete(table: string, keys: readonly Item[]): Promise<void> {
    const batches: Promise<void>[] = []
    for (let start = 0; start < keys.length; start += MAX_BATCH) {
      const some = keys.slice(start, start + MAX_BATCH)
      batches.push(
        this.#writeAll(
          table,
          some.map((key) => ({ DeleteRequest: { Key: toItem(key) } })),
        ),
      )
    }
    await Promise.all(batches)
  }

  async #pages(operation: string, parameters: Parameters): Promise<Item[]> {
    const items: Item[] = []
    for (let start: Attributes | undefined; ;) {
      const page: Page = await this.client.call<Page>(operation, { ...parameters, ExclusiveStartKey: start })
      for (const item of page.Items ?? []) items.push(fromItem(item))
      if (!page.LastEvaluatedKey) return items
      start = page.LastEvaluatedKey
    }
  }

  async #old(parameters: Parameters, operation: string, { returnOld }: Write): Promise<Item | null> {
    const asked = returnOld ? { ...parameters, ReturnValues: 'ALL_OLD' } : parameters
    const { Attributes: old } = await this.client.call<{ Attributes?: Attributes }>(operation, asked)
    return old && Object.keys(old).length ? fromItem(old) : null
  }

  async #writeAll(table: string, requests: readonly unknown[]): Promise<void> {
    let left = requests
    for (let stalled = 0; left.length;) {
      const answer = await this.client.call<{ UnprocessedItems?: Record<string, unknown[]> }>('BatchWriteItem', {
        RequestItems: { [table]: left },
      })
      // Answered by the table's name, or by its ARN if that was given.
      const unprocessed = Object.values(answer.UnprocessedItems ?? {}).flat()
      stalled = unprocessed.length === left.length ? stalled + 1 : 0
      if (stalled >= MAX_ATTEMPTS) {
        throw new AwsError(`BatchWriteItem left ${unprocessed.length} requests unprocessed (${stalled} attempts)`, {
          service: 'dynamodb',
          code: 'ProvisionedThroughputExceededException',
          status: 400,
        })
      }
      left = unprocessed
      if (left.length) await this.client.pause(backoff(stalled + 1, true))
    }
  }
}

/** The call was refused because its condition did not hold. */
export function conditionFailed(error: unknown): boolean {
  return error instanceof AwsError && error.code === CONDITION_FAILED
}

interface Projection {
  ProjectionExpression?: string
  ExpressionAttributeNames?: Record<string, string>
}

/** Placeholders, because any attribute's name may be one of DynamoDB's 573 reserved words. */
function projection(attributes: readonly string[]): Projection {
  if (!attributes.length) return {}
  const names = Object.fromEntries(attributes.map((name, index) => [`#a${index}`, name]))
  return { ProjectionExpression: Object.keys(names).join(', '), ExpressionAttributeNames: names }
}

function expression({ condition, names, values }: Condition): Parameters {
  return {
    ConditionExpression: condition,
    ExpressionAttributeNames: names && Object.keys(names).length ? names : undefined,
    ExpressionAttributeValues: values && Object.keys(values).length ? toItem(values) : undefined,
  }
}
