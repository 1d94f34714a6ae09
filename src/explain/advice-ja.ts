/** The same in Japanese, with what was found. Loaded only for who reads it. */
import type { Reason } from '../reasons.ts'

export interface Advice {
  readonly what: string
  readonly fix: string
}

export const japaneseAdvice: Partial<Record<Reason, Advice>> = {
  request_malformed: {
    what: 'リクエストの形式が正しくありません。',
    fix: 'メソッドは大文字で、Host は app.example.com または app.example.com:443 の形で書いてください。クライアントがそうしているなら、前段のプロキシが何を送っているか確かめてください。',
  },
  method_not_allowed: {
    what: 'このメソッドは受け付けません。',
    fix: '別のメソッドを使ってください。応答にトークンが現れるため、cogate は TRACE を転送しません。',
  },
  path_ambiguous: {
    what: 'パスが 2 通り以上に読めます。',
    fix: 'パスはパーセントエンコードして書いてください。空白は %20、パーセント記号は %25、ä は %C3%A4 です。',
  },
  url_too_long: {
    what: 'リクエストの URL が長すぎます。',
    fix: 'このようなデータはボディで送るか、limits.url を大きくしてください。',
  },
  route_not_found: {
    what: 'このパスには、このメソッドとホストのためのルールがありません。',
    fix: 'このパスを持つルールはありますが、このメソッドとホストを挙げるルールがありません。ルールの methods にメソッドを加えるか、ルールを 1 つ書いてください。',
  },
  endpoint_not_found: {
    what: 'cogate 自身のパスですが、この名前のエンドポイントはありません。',
    fix: 'endpoints.prefix の下は cogate のものです。サービスも使うなら、endpoints.prefix を別の値にしてください。',
  },
  machine_not_allowed: {
    what: 'このルールはマシンのトークンを受け付けません。',
    fix: 'ユーザーのトークンで呼び出してください。ルールに subject: user とあります。',
  },
  machine_required: {
    what: 'このルールはマシンのトークンだけを受け付けます。',
    fix: 'クライアントクレデンシャルのトークンで呼び出してください。ルールに subject: machine とあります。',
  },
  user_required: {
    what: 'このルールはユーザーのトークンだけを受け付けます。',
    fix: 'このトークンを作ったものを確かめてください。username がなく、クライアントクレデンシャルのものでもありません。',
  },
  client_not_allowed_here: {
    what: 'このルールは、このアプリクライアントを受け付けません。',
    fix: 'ルールの clientIds にあるアプリクライアントで呼び出すか、このアプリクライアントを加えてください。',
  },
  user_pool_not_allowed_here: {
    what: 'このルールは、このユーザープールの呼び出し元を受け付けません。',
    fix: 'ルールの userPools にあるユーザープールでサインインしてください。グループやユーザー名は、別のプールでは意味を持ちません。',
  },
  token_use_not_allowed: {
    what: 'この種類のトークンはここでは受け付けません。',
    fix: 'ルールまたはユーザープールの tokenUse にある種類のトークンを送ってください。',
  },
  insufficient_claims: {
    what: 'ルールが求めるクレームがトークンにないか、値が違います。',
    fix: 'クレームを --show-claims の表示と比べてください。大文字と小文字は区別されます。custom: で始まる属性は、トリガーで加えないかぎり ID トークンにしかありません。',
  },
  reauthentication_required: {
    what: 'このルールは、もっと新しい、またはもっと強いサインインを求めます。',
    fix: 'もう一度サインインしてください。ルールが新しさ (maxAuthAge) または強さ (acr) を求めています。リフレッシュでは新しくなりません。',
  },
  credential_conflict: {
    what: 'リクエストに認証情報が 2 つ以上あります。',
    fix: 'トークンは 1 つだけ、1 か所で送ってください。',
  },
}
