// A client of merge type simpleton over the npm package braid-http: one version, one text, no history. It does what
// text clients over that package do: it takes an update only if its Parents are exactly what it has, checks digests,
// counts code points, has several edits under way at once, and repeats each until it is answered.

import { createHash } from "node:crypto"
import { fetch } from "braid-http"

const UNDER_WAY = 10

const digest = (text) => `sha-256=:${createHash("sha256").update(text).digest("base64")}:`
const isSame = (one, other) => one.length === other.length && one.every((id, at) => id === other[at])

// The text after patches in code points that all refer to the text before.
function applied(points, patches) {
    const found = []
    let at = 0
    for (const [start, end, content] of patches) {
        found.push(...points.slice(at, start), ...content)
        at = end
    }
    return [...found, ...points.slice(at)]
}

export class Simpleton {
    points = []
    version = []
    seq = -1
    updates = 0
    dropped = 0
    digests = 0
    underWay = 0
    refused = []
    failed = null

    constructor(url, token, peer) {
        this.url = url
        this.peer = peer
        this.headers = { authorization: `Bearer ${token}`, "Merge-Type": "simpleton" }
        this.waiting = []
        this.follow().catch((error) => (this.failed = String(error)))
    }

    async follow() {
        const response = await fetch(this.url, {
            headers: { ...this.headers, Accept: "text/plain" },
            subscribe: true,
            heartbeats: 5,
            retry: () => true,
            parents: () => (this.version.length ? this.version : null),
            peer: this.peer,
        })
        response.subscribe(
            (update) => this.take(update),
            (error) => (this.failed = String(error)),
        )
    }

    take(update) {
        if (!isSame(this.version, update.parents.sort())) {
            this.dropped++
            return
        }
        this.updates++
        this.version = update.version
        if (update.patches) {
            const patches = update.patches.map((patch) => [...patch.range.match(/\d+/g).map(Number), patch.content_text])
            this.points = applied(this.points, patches.sort((a, b) => a[0] - b[0]))
        } else {
            this.points = [...update.body_text, ...this.points]
        }
        const expected = update.extra_headers?.["repr-digest"]
        if (expected) {
            this.digests++
            if (expected !== digest(this.points.join(""))) throw new Error("the digest is of another text")
        }
    }

    // Change the own text: patches of it in code points, from its beginning to its end.
    edit(patches, { digests = false } = {}) {
        const parents = this.version
        this.seq += patches.reduce((sum, [start, end, content]) => sum + end - start + [...content].length, 0)
        this.points = applied(this.points, patches)
        this.version = [`${this.peer}-${this.seq}`]
        const checked = digests ? { "Repr-Digest": digest(this.points.join("")) } : {}
        this.waiting.push({ version: this.version, parents, patches, checked })
        this.send()
    }

    async send() {
        while (this.waiting.length && this.underWay < UNDER_WAY) {
            const { version, parents, patches, checked } = this.waiting.shift()
            this.underWay++
            fetch(this.url, {
                method: "PUT",
                headers: { ...this.headers, ...checked },
                version,
                parents,
                patches: patches.map(([start, end, content]) => ({ unit: "text", range: `[${start}:${end}]`, content })),
                peer: this.peer,
                retry: (response) => response.status !== 550,
            })
                .then((response) => response.ok || this.refused.push(response.status))
                .catch((error) => this.refused.push(String(error)))
                .finally(() => {
                    this.underWay--
                    this.send()
                })
        }
    }

    get state() {
        const { version, seq, updates, dropped, digests, underWay, refused, failed } = this
        return { text: this.points.join(""), version, seq, updates, dropped, digests, underWay, refused, failed }
    }
}
