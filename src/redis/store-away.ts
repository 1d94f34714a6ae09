/** What a command to Redis fails with. Apart from the connection, so that it can be named without loading the client. */

/** The store did not answer: nobody can say what it holds. */
export class StoreAway extends Error {
  override readonly name = 'StoreAway'
}
