/** What the Steps keep in the state. */
export interface Order {
  id: string
  customer: string
  items: string[]
  total: number
  status: 'received'
}

export interface Account {
  spent: number
  orders: number
}

export interface Payment {
  amount: number
  number: number
}
