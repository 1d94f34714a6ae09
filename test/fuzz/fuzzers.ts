/** Every fuzzer, in the order they run. */
import type { Fuzzer } from './fuzzer.ts'
import { answers } from './fuzzers/answers.ts'
import { configuration } from './fuzzers/configuration.ts'
import { identity } from './fuzzers/identity.ts'
import { keyCaches } from './fuzzers/keys.ts'
import { loginCallback } from './fuzzers/login-callback.ts'
import { loginCookies } from './fuzzers/login-cookies.ts'
import { requests } from './fuzzers/requests.ts'
import { requestTargets } from './fuzzers/targets.ts'
import { tokens } from './fuzzers/tokens.ts'

export const fuzzers: readonly Fuzzer[] = [
  identity,
  requestTargets,
  requests,
  answers,
  tokens,
  keyCaches,
  configuration,
  loginCookies,
  loginCallback,
]
