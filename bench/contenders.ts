/**
 * All contenders by name, in the order of the report. A scenario names those it wants.
 */
import { apache } from './contenders/apache.ts'
import { cogate, otherBuilds } from './contenders/cogate.ts'
import type { Contender } from './contenders/contender.ts'
import { direct } from './contenders/direct.ts'
import { haproxy } from './contenders/haproxy.ts'
import { nginxNjs } from './contenders/nginx-njs.ts'
import { express, floor, recipe, recipeWithoutCache } from './contenders/node-peer.ts'

const contenders: readonly Contender[] = [
  direct,
  cogate,
  ...otherBuilds,
  haproxy,
  recipe,
  recipeWithoutCache,
  express,
  floor,
  nginxNjs,
  apache,
]

export const contenderNames: readonly string[] = contenders.map(({ name }) => name)

export function contenderNamed(name: string): Contender {
  const found = contenders.find((contender) => contender.name === name)
  if (found === undefined) throw new Error(`no contender is called ${name}`)
  return found
}
