export type Query = string | Query[] | { [key: string]: Query }
