/** What `cdk` runs. */
import { App } from 'aws-cdk-lib'
import { makeStacks } from './lib/stacks.ts'

makeStacks(new App())
