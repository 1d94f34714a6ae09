/** What each finding of `cogate doctor` means and what to do, in Japanese. */
import type { Texts } from './findings.ts'

export const japanese: Texts = {
  mfa_off: {
    what: '二要素目の認証がありません。パスワードが盗まれるとそれだけで入られます。',
    fix: '認証アプリによる MFA を有効にしてください。',
  },
  mfa_optional: {
    what: '二要素目の認証は利用者の任意です。',
    fix: '全員が登録したら必須にするか、必要な場所だけで要求してください (ゲートの routes[].acr と routes[].maxAuthAge)。',
  },
  mfa_on: { what: '全員に二要素目の認証を求めています。' },
  totp_off: { what: '二要素目に認証アプリ (TOTP) を選べません。', fix: '有効にしてください。SMS は不要です。' },
  totp_on: { what: '認証アプリ (TOTP) を選べます。' },
  sms_role_missing: {
    what: 'Amazon SNS 用のロールがないため SMS を送れません。SMS による MFA は設定できません。',
    fix: '認証アプリで足りるなら何もする必要はありません。必要なら、ロール、利用上限額、本番用の発信元番号を用意してください。',
  },
  sms_failure: {
    what: 'SMS を送れません: {failure}',
    fix: 'ロールを直すか、{region} の Amazon SNS の SMS サンドボックスを解除してください。',
  },
  sms_ok: { what: 'SMS はロール {role}、リージョン {region} で送られます。' },
  email_failure: { what: 'メールを送れません: {failure}', fix: 'Amazon SES の ID を直してください。' },
  email_default_sender: {
    what: 'メールは Cognito の送信元から送られます。アカウント全体で 1 日 50 通までで、迷惑メールと判定されやすいです。',
    fix: 'Amazon SES から送ってください。',
  },
  password_short: { what: 'パスワードは {length} 文字で足ります。', fix: '12 文字以上にしてください。' },
  password_ok: { what: 'パスワードは {length} 文字以上です。' },
  temporary_password_long: {
    what: '仮パスワードの有効期間は {days} 日です。',
    fix: '1 週間にしてください。`cogate users create` で作り直せます。',
  },
  sign_up_open: {
    what: '誰でもサインアップでき、正しいトークンを得られます。グループを指定しないゲートのルールは通れます。',
    fix: 'サインアップを閉じるか、すべてのルールにグループかスコープを書いてください。',
  },
  usernames_case_sensitive: {
    what: 'Anna と anna は別の利用者になります。',
    fix: 'プールの作成時に決まる設定です。新しいプールでは大文字と小文字を区別しないでください。',
  },
  deletion_protection_off: {
    what: '1 回の呼び出しでプールが利用者ごと消えます。',
    fix: '削除保護を有効にしてください。',
  },
  deletion_protection_on: { what: 'プールは削除から保護されています。' },
  plan: { what: 'プラン {plan}: {price}。約 {users} 人の全員が 1 か月に利用した場合: 約 {cost}。' },
  threat_protection_unavailable: {
    what: '脅威保護には Plus プランが必要です (アクティブな利用者 1 人につき $0.020、無料枠なし。ここでは月に約 {cost})。',
  },
  threat_protection_unused: {
    what: 'Plus プランの料金を払っていますが、脅威保護が無効です。',
    fix: '有効にするか、プランを変えてください。',
  },
  threat_protection_audit: {
    what: '脅威保護は記録だけをしています。',
    fix: '記録を 2 週間ほど確かめたら、対処もさせてください。',
  },
  threat_protection_on: { what: '脅威保護が働いています。' },
  triggers: { what: 'Lambda トリガー: {triggers}。' },
  token_trigger_v1: {
    what: 'トークン生成前トリガーが V1_0 です。変更できるのは ID トークンだけで、ゲートが読むのはアクセストークンです。',
    fix: 'V2_0 を使ってください。',
  },
  domain_missing: { what: 'ドメインがないため、サインインページもトークンエンドポイントもありません。' },
  domain_ok: { what: 'ドメイン {domain} は有効です。' },
  domain_not_active: {
    what: 'ドメイン {domain} は {status} です。',
    fix: 'us-east-1 の証明書と DNS レコードを確かめてください。',
  },
  domain_classic: { what: 'ドメイン {domain} はマネージドログインではなく、従来のページです。' },
  certificate_not_looked_at: {
    what: '{domain} の証明書と DNS レコードは確かめていません。',
    fix: 'レコードは {target} へのエイリアスにします。証明書: aws acm describe-certificate --region us-east-1 --certificate-arn {certificate}',
  },
  branding_missing: {
    what: 'クライアントにマネージドログインのスタイルがないため、サインインページが開きません。',
    fix: '作成してください。Cognito の既定のスタイルで足ります。',
  },
  client_ok: { what: 'フロー: {flows}。アクセストークンは {access}、リフレッシュトークンは {refresh} 有効です。' },
  client_reveals_users: {
    what: 'エラーから利用者の有無が分かります。',
    fix: 'PreventUserExistenceErrors を ENABLED にしてください。',
  },
  client_revocation_off: { what: 'トークンを取り消せません。', fix: 'トークンの取り消しを有効にしてください。' },
  client_access_token_long: {
    what: 'アクセストークンの有効期間は {access} です。利用者を無効にしてもグループから外しても、期限までは通ります。',
    fix: '1 時間以下にしてください。',
  },
  client_refresh_token_long: {
    what: 'リフレッシュトークンの有効期間は {refresh} です。',
    fix: '30 日以下にしてください。',
  },
  client_implicit: {
    what: 'インプリシットフローが有効です。トークンがページのアドレスに現れます。',
    fix: 'PKCE つきの認可コードフローを使ってください。',
  },
  client_callback_plain: { what: 'コールバック URL が http です: {url}', fix: 'https にしてください。' },
  client_callback_loopback: {
    what: 'コールバック URL が開発者のマシンのものです: {url}',
    fix: '本番用のクライアントからは外してください。',
  },
  client_self_service_scope: {
    what: 'スコープ aws.cognito.signin.user.admin を取れます。このトークンを持つ者は、その利用者のアカウントを読み書きできます。',
    fix: 'アプリ自身がアカウントを変更しないなら、外してください。',
  },
  client_writes_custom: {
    what: '利用者が自分のトークンで次の属性を書き換えられます: {attributes}。',
    fix: 'これらの属性で何かを判断する前に、書き込み権限を外してください。',
  },
  client_machine: { what: 'マシンがトークンを取得します (1,000 個で $2.25)。期限まで使い回してください。' },
  users_count: { what: '利用者は約 {users} 人です (Cognito の推定値)。' },
  users_phone: {
    what: '{looked} 人中 {count} 人の電話番号が E.164 ではありません (+81-90-… や +81090… は +8190… にします): {names}。',
    fix: '設定し直してください: aws cognito-idp admin-update-user-attributes --user-pool-id {pool} --username … --user-attributes Name=phone_number,Value=+8190…',
  },
  users_stale: {
    what: '{looked} 人中 {count} 人は 1 年間変更がありません。サインインしていない証拠にはなりません。',
    fix: 'cogate users cleanup --pool {pool} --inactive-for 365d --dry-run',
  },
  users_unconfirmed: { what: '{looked} 人中 {count} 人はサインアップを確認していません。' },
  users_sample: { what: '最初の {looked} 人を調べました。--all で全員を調べます。' },
  not_looked_at: {
    what: '権限がないため調べていません: {actions}。',
    fix: '読み取りだけの呼び出しです。許可してください (ポリシーは docs/doctor.md)。',
  },
  gate_ok: { what: 'ゲートの設定はプールに合っています。' },
  gate_pool_other: {
    what: 'ゲートはこのプールを受け付けません。受け付けるのは {pools} です。',
    fix: 'userPools[].id を {pool} にしてください。',
  },
  gate_issuer_form: {
    what: 'ゲートの設定の発行者は {found} ですが、このプールのトークンの発行者は {issuer} です。',
    fix: 'userPools[].issuer を省くと、Cognito の両方の形を受け付けます。',
  },
  gate_client_unknown: {
    what: 'ゲートが受け付けるクライアント {client} はプールにありません。',
    fix: 'userPools[].clientIds を直してください。',
  },
  gate_group_unknown: {
    what: 'ルール {path} のグループ {group} はプールにありません。誰も所属できません。',
    fix: 'グループを作るか、名前を直してください。大文字と小文字は区別されます。',
  },
  gate_scope_unknown: {
    what: 'ルール {path} のスコープ {scope} は、どのリソースサーバーにもありません。',
    fix: '作るか、名前を直してください。形は「識別子/スコープ」です。',
  },
  gate_scope_of_no_client: {
    what: 'ルール {path} のスコープ {scope} を、ゲートのどのクライアントも取得できません。',
    fix: 'クライアントに許可してください。',
  },
  gate_domain_other: {
    what: 'login.domain は {found} ですが、プールのドメインは {domains} です。',
    fix: 'login.domain を直してください。',
  },
  gate_login_client_unknown: {
    what: 'login.clientId のクライアント ({client}) はプールにありません。',
    fix: 'login.clientId を直してください。',
  },
  gate_login_no_code_flow: {
    what: 'サインイン用のクライアントが認可コードフローを使えません。',
    fix: '許可してください。',
  },
  gate_login_secret: {
    what: 'login.clientSecret: {found}。クライアント: {wanted}。サインインはトークンエンドポイントで必ず失敗します。',
    fix: 'COGATE_LOGIN_CLIENT_SECRET を設定するか、外してください。',
  },
  gate_login_callback: {
    what: 'ゲートのコールバック URL {url} がクライアントにありません。',
    fix: 'コールバック URL に加えてください。',
  },
  gate_login_logout: {
    what: 'ゲートのサインアウト URL {url} がクライアントにありません。',
    fix: 'サインアウト URL に加えてください。',
  },
  gate_login_scope: {
    what: 'login.scopes の {scope} を、クライアントは取得できません。',
    fix: '許可するか、外してください。',
  },
}
