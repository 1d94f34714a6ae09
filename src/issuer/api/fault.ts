/** An error of Cognito's API, thrown by an operation and answered by `serve.ts`. */
export class ApiFault extends Error {
  /** Without the prefix: `NotAuthorizedException`. */
  readonly type: string

  constructor(type: string, message: string) {
    super(message)
    this.type = type
  }
}

export const wrongPassword = () => new ApiFault('NotAuthorizedException', 'Incorrect username or password.')
export const invalidSession = () => new ApiFault('NotAuthorizedException', 'Invalid session for the user.')
export const wrongCode = () =>
  new ApiFault('CodeMismatchException', 'Invalid verification code provided, please try again.')
export const expiredCode = () =>
  new ApiFault('ExpiredCodeException', 'Invalid code provided, please request a code again.')
export const invalidParameter = (message: string) => new ApiFault('InvalidParameterException', message)
