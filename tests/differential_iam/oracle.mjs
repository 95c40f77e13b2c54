// Answers simulations, one JSON object a line: {"result": ..., "ignored": [...]} or {"error": ...}.
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'

const { runSimulation } = await import(pathToFileURL(process.argv[2]).href)

async function answer(line) {
  const found = await runSimulation(JSON.parse(line), { simulationMode: 'Strict' })
  if (found.resultType === 'error') return { error: JSON.stringify(found.errors) }
  const one = found.resultType === 'single' ? found.result : found.results[0]
  return { result: found.overallResult, ignored: one?.ignoredContextKeys ?? [] }
}

for await (const line of createInterface({ input: process.stdin })) {
  let told
  try {
    told = await answer(line)
  } catch (error) {
    told = { error: String(error) }
  }
  process.stdout.write(JSON.stringify(told) + '\n')
}
