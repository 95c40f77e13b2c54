// The signer of the AWS SDK for JavaScript: a JSON list of requests a line in, their signed
// forms out.  The first argument is a folder that has node_modules.
import { createHash, createHmac } from "node:crypto";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { resolve } from "node:path";

const require = createRequire(resolve(process.argv[2], "package.json"));
const { SignatureV4 } = require("@smithy/signature-v4");

class Sha256 {
  constructor(secret) {
    this.hash = secret === undefined ? createHash("sha256") : createHmac("sha256", secret);
  }
  update(data) {
    this.hash.update(data);
  }
  async digest() {
    return new Uint8Array(this.hash.digest());
  }
}

// As clients give it: the path as it is sent, the query decoded.
function given(asked) {
  const [path, query] = asked.target.split("?");
  const parameters = {};
  for (const piece of query ? query.split("&") : []) {
    const [name, value] = piece.split("=");
    parameters[decodeURIComponent(name)] = decodeURIComponent(value ?? "");
  }
  const headers = Object.fromEntries([["host", asked.host], ...asked.headers]);
  return { method: asked.method, protocol: "https:", hostname: asked.host, path, query: parameters, headers };
}

const escaped = (text) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => "%" + c.charCodeAt(0).toString(16).toUpperCase());

async function sign(asked) {
  const signer = new SignatureV4({
    credentials: {
      accessKeyId: asked.access_key,
      secretAccessKey: asked.secret_key,
      sessionToken: asked.token ?? undefined,
    },
    region: asked.region,
    service: "s3",
    sha256: Sha256,
    uriEscapePath: false,
  });
  const signingDate = new Date(asked.now * 1000);
  const request = given(asked);
  let signed;
  if (asked.expires) {
    const unhoistableHeaders = new Set(Object.keys(request.headers).map((name) => name.toLowerCase()));
    request.headers["X-Amz-Content-Sha256"] = asked.payload; // as the SDK's presigner does
    signed = await signer.presign(request, { expiresIn: asked.expires, signingDate, unhoistableHeaders });
  } else {
    request.headers["x-amz-content-sha256"] = asked.payload;
    signed = await signer.sign(request, { signingDate });
  }
  const pairs = Object.entries(signed.query ?? {}).map(([name, value]) => `${escaped(name)}=${escaped(value)}`);
  const target = signed.path + (pairs.length ? "?" + pairs.join("&") : "");
  return { target, headers: Object.entries(signed.headers) };
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify(await Promise.all(JSON.parse(line).map(sign))) + "\n");
}
