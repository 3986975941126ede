// What people have tried on other chats. Each is sent as a message by the browser test, and read by the unit test.

const DEEP = 400;

export const ATTACKS: string[] = [
  // Markup of HTML, in every form that a parser may forgive.
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "<svg/onload=alert(1)>",
  "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
  "<iframe srcdoc='<script>parent.alert(1)</script>'></iframe>",
  "<a href=javascript:alert(1)>x</a>",
  "<form><button formaction=javascript:alert(1)>x</button></form>",
  "<style>@import 'https://evil.example/x.css'; *{display:none}</style>",
  "<link rel=stylesheet href=https://evil.example/x.css>",
  "<base href=https://evil.example/>",
  "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
  "<object data=https://evil.example/></object><embed src=https://evil.example/>",
  "<template><img src=https://evil.example/pixel></template>",
  "<input autofocus onfocus=alert(1)>",
  "<details open ontoggle=alert(1)>x</details>",
  "</textarea></title></style></script><svg onload=alert(1)>",
  "jaVasCript:/*-/*`/*\\`/*'/*\"/**/(/* */oNcliCk=alert() )//%0D%0A%0d%0a//</stYle/</titLe/</teXtarEa/</scRipt/--!>\\x3csVg/<sVg/oNloAd=alert()//>\\x3e",
  "'\"><img src=x onerror=alert(1)>{{constructor.constructor('alert(1)')()}}${alert(1)}",
  "&lt;img src=x onerror=alert(1)&gt; &#x3c;script&#x3e;alert(1)&#x3c;/script&#x3e;",

  // Links that run something, or lead where they do not say.
  "[click](javascript:alert(1))",
  "[click](JaVaScRiPt:alert(1)) [click](java\tscript:alert(1)) [click](\u0001javascript:alert(1))",
  "[click](data:text/html,<script>alert(1)</script>) [click](vbscript:msgbox(1)) [click](blob:https://x.example/1)",
  "[click](//evil.example) [click](/\\evil.example) [click](file:///etc/passwd)",
  '![image](https://evil.example/pixel.png) ![x](x"onerror="alert(1))',
  "<javascript:alert(1)> <data:text/html,x>",
  "[https://bank.example](https://evil.example) [bank.example](https://evil.example)",
  "[b\u200bank.example](https://evil.example) [bank\u3002example](https://evil.example)",
  "https://bank.example@evil.example/ https://bank.example:pass@evil.example/ [x](https://bank.example@evil.example)",
  "https://evil.example/\u202egnp.exe https://bank.example\u2044@evil.example/",
  'https://evil.example/"onmouseover="alert(1) https://evil.example/<img src=x onerror=alert(1)>',
  "https://evil.example/'><script>alert(1)</script>",
  '[a](https://evil.example/" onclick="alert(1))',
  "[](https://evil.example) [ ](https://evil.example) [\u200b](https://evil.example)",
  "https://xn--80ak6aa92e.com/ https://\u0430pple.example/",

  // Marks within marks.
  "*".repeat(1000) + "x" + "*".repeat(1000),
  "**_~~||".repeat(200) + "x" + "||~~_**".repeat(200),
  "[".repeat(1500) + "x" + "](https://a.example)".repeat(100),
  "> ".repeat(DEEP) + "deep",
  ">".repeat(3000),
  Array.from({ length: 60 }, (_, depth) => `${" ".repeat(depth % 9)}- item`).join("\n"),
  "```".repeat(1300),
  "`".repeat(3999),
  "```js\n" + "/".repeat(3900) + "\n```",
  "```constructor\nx\n```\n```__proto__\nx\n```\n```toString\nx\n```",
  "```js\n</code></pre><script>alert(1)</script>\n```",
  "||" + "<img src=x onerror=alert(1)>" + "||",
  "# <script>alert(1)</script>\n- <script>alert(1)</script>\n> <script>alert(1)</script>",
  "https://a.example/".repeat(200),
  "(".repeat(3900) + "https://a.example",
  "https://a.example/" + "(".repeat(1900) + ")".repeat(1900),
  ":" + "a".repeat(3900) + ":",
  "@".repeat(3999),
  "#".repeat(3999),

  // Writing that turns, hides or piles up.
  "\u202eevil\u202c \u2066x\u2069 \u200f\u200e",
  "\u202e".repeat(500) + "txt.exe",
  "Z" + "\u0335\u0321\u0322\u0327".repeat(500),
  "\u200b".repeat(2000) + "x",
  "\u{1f468}\u200d".repeat(800),
  "\ufdfd".repeat(500) + "\ufff9\ufffa\ufffb",
  "W".repeat(4000),
  "a\n".repeat(1999),

  // Names that mean something elsewhere.
  "@everyone @here @constructor @__proto__ #constructor #__proto__ :constructor: :__proto__:",
  "\\u003cscript\\u003e {name} {count, plural, one {#} other {#}} '{' %s %(x)s",
];
