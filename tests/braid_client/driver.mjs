// Does with the npm package braid-http what it reads from its input, one JSON command a line, and tells in JSON lines
// what came of it: {"name", "update"} for each update of a subscription, {"name", "status", "version"} for a request.

import readline from "node:readline"
import { fetch } from "braid-http"
import { Simpleton } from "./simpleton.mjs"

console.log = console.debug = () => {} // the package's own words

const [base, token] = process.argv.slice(2)
const subscriptions = new Map()
const texts = new Map()

function tell(line) {
    process.stdout.write(JSON.stringify(line) + "\n")
}

function plain(update) {
    const patches = update.patches?.map(({ unit, range, content_text }) => ({ unit, range, content: content_text }))
    return { version: update.version, parents: update.parents, status: update.status, body: update.body_text, patches }
}

const deeds = {
    // Follow a collection; with `retry` the package connects again by itself, from the last version it was given.
    async subscribe({ name, path, parents, retry, heartbeats, peer }) {
        const aborter = new AbortController()
        let last = parents
        subscriptions.set(name, aborter)
        const response = await fetch(base + path, {
            subscribe: true,
            parents: () => last,
            retry,
            heartbeats,
            peer,
            headers: { authorization: `Bearer ${token}` },
            signal: aborter.signal,
        })
        tell({ name, status: response.status, headers: Object.fromEntries(response.headers) })
        response.subscribe(
            (update) => {
                last = update.version
                tell({ name, update: plain(update) })
            },
            (error) => tell({ name, error: String(error) }),
        )
    },
    abort({ name }) {
        subscriptions.get(name).abort()
    },
    async put({ name, path, version, parents, patches, body, peer }) {
        const headers = { authorization: `Bearer ${token}` }
        const response = await fetch(base + path, { method: "PUT", version, parents, patches, body, peer, headers })
        tell({ name, status: response.status, version: response.headers.get("version") })
    },
    // Open a text, change it by patches in code points, tell how it stands.
    open({ name, path }) {
        texts.set(name, new Simpleton(base + path, token, name))
    },
    edit({ name, patches, digests }) {
        texts.get(name).edit(patches, { digests })
    },
    // Somewhere in the text, as it is here at this moment.
    type({ name, at, gone, content }) {
        const length = texts.get(name).points.length
        const start = Math.floor(at * length)
        texts.get(name).edit([[start, Math.min(length, start + gone), content]])
    },
    state({ name }) {
        tell({ name, state: texts.get(name).state })
    },
}

for await (const line of readline.createInterface({ input: process.stdin })) {
    const { do: deed, ...options } = JSON.parse(line)
    Promise.resolve(deeds[deed](options)).catch((error) => tell({ name: options.name, error: String(error) }))
}
process.exit(0)
