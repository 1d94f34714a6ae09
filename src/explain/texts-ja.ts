/** What each finding means and what to do, in Japanese. */
import type { FindingTexts } from './texts-en.ts'

export const japanese: FindingTexts = {
  not_a_jwt: {
    what: () => 'トークンの形ではありません。トークンは英数字と - _ からなる 3 つの部分をピリオドでつないだものです。',
    fix: () => '引用符、空白、改行、「Bearer」、「…」を含めず、全体をコピーし直してください。',
  },
  refresh_token_sent: {
    what: () => 'これはリフレッシュトークンです。5 つの部分からなり、暗号化されていて、Cognito だけが読めます。',
    fix: () => 'アクセストークンを送ってください。リフレッシュトークンは Cognito のトークンエンドポイント専用です。',
  },
  id_token_sent: {
    what: () => 'これは ID トークンです。誰がサインインしたかをアプリに伝えるもので、リクエストの許可には使いません。',
    fix: () =>
      'アクセストークン (token_use: access) を送ってください。ID トークンしかない場合は userPools[].tokenUse を [id] にします。',
  },
  token_use_missing: {
    what: ({ issuer }) => `Cognito ユーザープールのトークンではありません。発行者は ${issuer} です。`,
    fix: ({ pools }) => `設定されているユーザープール (${pools}) でサインインしてください。`,
  },
  issuer_form: {
    what: ({ issuer }) => `ユーザープールは正しいのですが、発行者の書き方が違います: ${issuer}`,
    fix: () =>
      'userPools[].issuer を省くと Cognito の両方の形を受け付けます。エミュレーターでは正確な文字列が必要です。',
  },
  issuer_pool: {
    what: ({ issuer, pools }) => `別のユーザープールのトークンです (${issuer})。受け付けるのは ${pools} です。`,
    fix: () =>
      '正しいプールでサインインしてください。別の環境のトークンではないか、プールを作り直していないかも確かめてください。',
  },
  issuer_region: {
    what: ({ issuer, pools }) => `別の AWS リージョンのトークンです (${issuer})。受け付けるのは ${pools} です。`,
    fix: () =>
      'userPools[].id のリージョンを直すか、レプリカのリージョンを userPools[].additionalRegions に書いてください。',
  },
  issuer_is_domain: {
    what: ({ issuer }) => `発行者がサインインのドメイン (${issuer}) になっています。Cognito はこの値を書きません。`,
    fix: () => 'このトークンを作ったものを確かめてください。Cognito の発行者は https://cognito-idp. で始まります。',
  },
  alb_token: {
    what: () =>
      'これは AWS のロードバランサーの x-amzn-oidc-data です。署名したのはロードバランサーで、Cognito ではありません。',
    fix: () => 'ロードバランサーが x-amzn-oidc-accesstoken に入れる値を送ってください。',
  },
  client_not_listed: {
    what: ({ clientId, clients }) =>
      `アプリクライアント ${clientId} に発行されたトークンです。受け付けるのは ${clients} です。`,
    fix: ({ clientId }) =>
      `受け付けるアプリクライアントを使うか、${clientId} を userPools[].clientIds に加えてください。`,
  },
  aud_mismatch: {
    what: ({ audience, audiences }) =>
      `トークンは ${audience} 向けです。このゲートが受け付けるのは ${audiences} です。`,
    fix: () => 'このリソースを一字一句同じに指定してトークンを取得するか、userPools[].audience に加えてください。',
  },
  expired: {
    what: (words) =>
      `トークンは ${spanJa(words.agoSeconds)}前に期限切れになりました。有効期間は ${spanJa(words.lifeSeconds)}でした。`,
    fix: () =>
      'リフレッシュトークンで新しく取得してください。アプリは、期限が切れる前に取得するようにしてください。新しいトークンも拒否されるなら、このマシンの時計が進んでいます。cogate check で確かめてください。',
  },
  clock_skew: {
    what: ({ aheadSeconds }) => `トークンの時刻が、ここの時計より ${spanJa(aheadSeconds)}進んでいます。`,
    fix: () => 'このマシンの時計を合わせてください (NTP)。数秒なら clockTolerance で許容できます。',
  },
  kid_unknown: {
    what: ({ kid, issuer }) => `ユーザープール (${issuer}) は鍵 ${kid} を公開していません。`,
    fix: () =>
      'もう一度サインインしてください。直らないときは、jwksFile が古くないか、エミュレーターを再起動していないかを確かめてください。',
  },
  kid_is_other_key: {
    what: ({ kid }) => `鍵 ${kid} は設定にある別のユーザープールのもので、トークンの発行者のものではありません。`,
    fix: () => '2 つのトークンがつなぎ合わされています。もう一度サインインしてください。',
  },
  jwks_unreachable: {
    what: () => 'ユーザープールの鍵を取得できないため、どのトークンも検証できません。',
    fix: () =>
      'cogate check を実行してください。よくある原因は、サブネットから外に出られないこと、NetworkPolicy、DNS、必要なプロキシの未設定です。',
  },
  algorithm: {
    what: ({ alg }) => `トークンは ${alg} で署名されています。Cognito の署名は RS256 だけです。`,
    fix: () => 'このトークンを作ったものを確かめてください。ユーザープールのものではありません。',
  },
  bad_signature: {
    what: () => '署名が一致しません。署名の後でトークンが変更されたか、別の鍵で署名されています。',
    fix: () =>
      'もう一度サインインし、届いたままのトークンを送ってください。クレームを書き換えると署名は合わなくなります。',
  },
  scope_missing: {
    what: ({ demanded, held }) => `ルールはスコープ ${demanded} を求めています。トークンにあるのは ${held} です。`,
    fix: () => 'サインインのときにスコープを要求し、アプリクライアントに許可してください。',
  },
  scope_never: {
    what: ({ demanded }) =>
      `ルールはスコープ ${demanded} を求めています。API でのサインインではリソースサーバーのスコープは付きません。`,
    fix: () => 'サインイン画面 (認可コードフロー) を使うか、トークン生成前トリガーでスコープを加えてください。',
  },
  group_missing: {
    what: ({ demanded, held }) =>
      `ルールは、次のグループのどれかに入っていることを求めています: ${demanded}。トークンにあるのは ${held} です。`,
    fix: ({ nearGroups }) =>
      nearGroups.length > 0
        ? `ルールのグループ名を Cognito のとおりに書いてください: ${nearGroups.join(' と ')} は別のグループです。`
        : 'ユーザーをグループに加え、トークンを取得し直してください。トークンのグループは発行時のものです。',
  },
  group_added_later: {
    what: ({ demanded, issuedAt }) =>
      `ルールは、次のグループのどれかに入っていることを求めています: ${demanded}。${issuedAt} に発行されたトークンにはグループがありません。`,
    fix: () => 'その後でグループに加えた場合は、トークンを取得し直してください。まだなら、先に加えてください。',
  },
  revoked_here: {
    what: () =>
      'トークンは正しく検証されましたが、失効リストの項目 (トークン、サインイン、ユーザー、アプリクライアントのいずれか) により拒否されています。',
    fix: () =>
      'もう一度サインインしてください。直らないときは、リスト (revocation.file または Redis) からその項目を削除してください。数秒で反映されます。',
  },
  machine_token: {
    what: ({ demanded }) =>
      `このトークンはアプリクライアントのもので、ユーザーのものではありません。グループ (${demanded}) には入れません。`,
    fix: () => 'マシン向けのルールではスコープを使うか、ユーザーのトークンで呼び出してください。',
  },
  header_too_large: {
    what: ({ length, limit }) => `トークンは ${length} 文字です。limits.token の上限は ${limit} 文字です。`,
    fix: () => 'limits.token と limits.headers を大きくしてください。グループや追加のクレームが多いと大きくなります。',
  },
  header_missing: {
    what: ({ places }) =>
      places === undefined
        ? '「Authorization: Bearer」にトークンがありません。'
        : `credentials.sources に挙げた場所 (${places})のどこにもトークンがありません。`,
    fix: () => 'このヘッダーで送ってください。送っている場合は、手前のプロキシやメッシュが取り除いていませんか。',
  },
  query_token: {
    what: () => 'トークンがクエリーにあります。途中のすべてのログに残るため、そこからは読みません。',
    fix: ({ places }) =>
      places === undefined
        ? 'ヘッダー Authorization: Bearer で送ってください。'
        : `credentials.sources に挙げた場所 (${places})のどれかで送ってください。`,
  },
}

function spanJa(seconds: number): string {
  if (seconds < 120) return `${seconds} 秒`
  if (seconds < 7200) return `${Math.round(seconds / 60)} 分`
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} 時間` : `${Math.round(seconds / 86_400)} 日`
}
