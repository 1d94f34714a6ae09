/* IMPORTANT
 * This snapshot file is auto-generated, but designed for humans.
 * It should be checked into source control and tracked carefully.
 * Re-generate by setting TAP_SNAPSHOT=1 and running tests.
 * Make sure to inspect the output below.  Do not ignore changes!
 */
'use strict'
exports[`test/cli/admin/doctor.test.ts > TAP > a pool that is set up well has nothing to mend: exit code 0 > the report 1`] = `
User pool ap-northeast-1_GoodPool1 (members)

✔ Every user is asked for a second factor.  (mfa_on)
✔ Authenticator apps (TOTP) are offered.  (totp_on)
✔ SMS goes out with the role arn:aws:iam::111122223333:role/sms, region ap-northeast-1.  (sms_ok)
✔ Passwords have at least 14 characters.  (password_ok)
✔ The pool is protected from deletion.  (deletion_protection_on)
· Plan PLUS: $0.02 / MAU. If all of about 12,000 users are active in a month: about $240.  (plan)
✔ Threat protection acts.  (threat_protection_on)
· Lambda triggers: PreSignUp, PreTokenGeneration V2_0.  (triggers)
✔ Domain auth.example.com: active.  (domain_ok)
· The certificate and the DNS record of auth.example.com were not looked at.  (certificate_not_looked_at)
    do  The record must be an alias of d111111abcdef8.cloudfront.net. The certificate: aws acm describe-certificate --region us-east-1 --certificate-arn arn:aws:acm:us-east-1:111122223333:certificate/11111111
✔ client 1webclient: Flows: code. Access tokens live 1 h, refresh tokens 30 d.  (client_ok)
✔ client 2machineclient: Flows: client_credentials. Access tokens live 1 h, refresh tokens 30 d.  (client_ok)
· client 2machineclient: Machines get tokens here, at $2.25 for 1,000. Each should use its token to the end.  (client_machine)
· About 12,000 users (an estimate of Cognito).  (users_count)
✔ The configuration of the gate fits the pool.  (gate_ok)

good 10, to look at 0, to mend 0, notes 5

`

exports[`test/cli/admin/doctor.test.ts > TAP > a pool that nobody looked after: exit code 1, and what mends each thing, in both languages > en 1`] = `
User pool eu-west-1_BadPool01 (legacy?[31m)

✘ Nobody is asked for a second factor. A stolen password is enough.  (mfa_off)
    do  Turn MFA on, with authenticator apps.
    CDK  mfa: Mfa.OPTIONAL, mfaSecondFactor: { otp: true, sms: false }
    CLI  aws cognito-idp set-user-pool-mfa-config --user-pool-id eu-west-1_BadPool01 --mfa-configuration OPTIONAL --software-token-mfa-configuration Enabled=true
· The pool has no role for Amazon SNS. It cannot send SMS, so SMS MFA cannot be set up.  (sms_role_missing)
    do  Nothing, if authenticator apps are enough. Otherwise give the pool a role, a spend limit and, outside of tests, an origination number.
    CDK  enableSmsRole: true
! E-mail goes out with the sender of Cognito: 50 a day in the whole account, and often taken for spam.  (email_default_sender)
    do  Send with Amazon SES.
    CDK  email: UserPoolEmail.withSES({ fromEmail: 'no-reply@example.com' })
✘ Passwords may have 6 characters.  (password_short)
    do  Ask for at least 12.
    CDK  passwordPolicy: { minLength: 12 }
! A temporary password is good for 90 days.  (temporary_password_long)
    do  Let it end after a week; \`cogate users create\` makes a new one.
    CDK  passwordPolicy: { tempPasswordValidity: Duration.days(7) }
! Anyone can sign up and get a good token. A rule of the gate that names no group lets them in.  (sign_up_open)
    do  Close the sign-up, or name groups or scopes in each rule.
    CDK  selfSignUpEnabled: false
! Anna and anna are two users.  (usernames_case_sensitive)
    do  This is fixed when a pool is made. Make new pools with names that ignore case.
    CDK  signInCaseSensitive: false
✘ One call deletes the pool with all its users.  (deletion_protection_off)
    do  Turn deletion protection on.
    CDK  deletionProtection: true
· Plan LITE: $0.0055 / MAU > 10,000. If all of about 150,000 users are active in a month: about $725.  (plan)
· Threat protection needs the plan Plus ($0.020 for each active user, none free: about $3,000 a month here).  (threat_protection_unavailable)
    CDK  featurePlan: FeaturePlan.PLUS
· Lambda triggers: PreTokenGeneration V1_0.  (triggers)
! The trigger before tokens has version V1_0. It changes ID tokens alone; the gate reads access tokens.  (token_trigger_v1)
    do  Use version V2_0.
    CDK  userPool.addTrigger(UserPoolOperation.PRE_TOKEN_GENERATION_CONFIG, handler, LambdaVersion.V2_0)
✘ Domain legacy is FAILED.  (domain_not_active)
    do  Look at its certificate in us-east-1 and at its DNS record.
✘ client 3spa: Errors tell whether a user exists.  (client_reveals_users)
    do  Set PreventUserExistenceErrors to ENABLED.
    CDK  preventUserExistenceErrors: true
✘ client 3spa: Tokens cannot be revoked.  (client_revocation_off)
    do  Turn token revocation on.
    CDK  enableTokenRevocation: true
! client 3spa: Access tokens live 1 d. A gate takes them to their end, also of a user who is disabled or has left a group.  (client_access_token_long)
    do  Let them live an hour or less.
    CDK  accessTokenValidity: Duration.hours(1)
! client 3spa: Refresh tokens live 3650 d.  (client_refresh_token_long)
    do  Let them live 30 days or less.
    CDK  refreshTokenValidity: Duration.days(30)
✘ client 3spa: A callback URL is plain http: http://app.example.com/cb  (client_callback_plain)
    do  Use https.
    CDK  oAuth: { callbackUrls }
! client 3spa: A callback URL is of the machine of a developer: http://localhost:3000/cb  (client_callback_loopback)
    do  Take it out of the client for production.
    CDK  oAuth: { callbackUrls }
! client 3spa: A callback URL is of the machine of a developer: https://localhost:3000/cb  (client_callback_loopback)
    do  Take it out of the client for production.
    CDK  oAuth: { callbackUrls }
✘ client 3spa: The implicit flow is on: tokens come in the address of a page.  (client_implicit)
    do  Use the code flow with PKCE.
    CDK  oAuth: { flows: { authorizationCodeGrant: true } }
· client 3spa: Machines get tokens here, at $2.25 for 1,000. Each should use its token to the end.  (client_machine)
! client 3spa: Tokens may have the scope aws.cognito.signin.user.admin: who has one may read and change the account of its user.  (client_self_service_scope)
    do  Take the scope away, unless the app changes accounts itself.
    CDK  oAuth: { scopes }
! client 3spa: Users may set these attributes themselves, with their own token: custom:tenant.  (client_writes_custom)
    do  Take the right to write away, before anything is decided by them.
    CDK  writeAttributes: new ClientAttributes()
✘ client 3spa: The client has no style of managed login: its sign-in page does not open.  (branding_missing)
    do  Make one; the style of Cognito is enough.
    CDK  new CfnManagedLoginBranding(this, "Branding", { userPoolId, clientId, useCognitoProvidedValues: true })
    CLI  aws cognito-idp create-managed-login-branding --user-pool-id eu-west-1_BadPool01 --client-id 3spa --use-cognito-provided-values
· About 150,000 users (an estimate of Cognito).  (users_count)
✘ 3 of 4 users have a phone number that is not E.164 (+81-90-… and +81090… must be +8190…): anna, ben, dan.  (users_phone)
    do  Set it again: aws cognito-idp admin-update-user-attributes --user-pool-id eu-west-1_BadPool01 --username … --user-attributes Name=phone_number,Value=+8190…
! At 4 of 4 users nothing has changed for a year. This is no proof that they do not sign in.  (users_stale)
    do  cogate users cleanup --pool eu-west-1_BadPool01 --inactive-for 365d --dry-run
· 1 of 4 users never confirmed their sign-up.  (users_unconfirmed)

The same as commands, to run in this order. An update resets what it is not given, so it holds the settings of today:

aws cognito-idp set-user-pool-mfa-config --user-pool-id eu-west-1_BadPool01 --mfa-configuration OPTIONAL --software-token-mfa-configuration Enabled=true
aws cognito-idp create-managed-login-branding --user-pool-id eu-west-1_BadPool01 --client-id 3spa --use-cognito-provided-values
aws cognito-idp update-user-pool --cli-input-json '{"UserPoolId":"eu-west-1_BadPool01","PoolName":"legacy\\u001b[31m","Policies":{"PasswordPolicy":{"MinimumLength":12,"RequireNumbers":true,"TemporaryPasswordValidityDays":7}},"DeletionProtection":"ACTIVE","LambdaConfig":{"PreTokenGeneration":"arn:aws:lambda:eu-west-1:111122223333:function:old"},"MfaConfiguration":"OPTIONAL","EmailConfiguration":{"EmailSendingAccount":"COGNITO_DEFAULT"},"UserPoolTags":{"team":"it"},"AdminCreateUserConfig":{"AllowAdminCreateUserOnly":false},"UserPoolTier":"LITE"}'
aws cognito-idp update-user-pool-client --cli-input-json '{"UserPoolId":"eu-west-1_BadPool01","ClientId":"3spa","ClientName":"spa'\\''s","RefreshTokenValidity":30,"AccessTokenValidity":60,"TokenValidityUnits":{"AccessToken":"minutes","RefreshToken":"days"},"WriteAttributes":["email","custom:tenant"],"CallbackURLs":["http://app.example.com/cb","http://localhost:3000/cb","https://localhost:3000/cb"],"AllowedOAuthFlows":["implicit","client_credentials"],"AllowedOAuthScopes":["openid","aws.cognito.signin.user.admin"],"PreventUserExistenceErrors":"ENABLED","EnableTokenRevocation":true}'

good 0, to look at 12, to mend 10, notes 7

`

exports[`test/cli/admin/doctor.test.ts > TAP > a pool that nobody looked after: exit code 1, and what mends each thing, in both languages > ja 1`] = `
ユーザープール eu-west-1_BadPool01 (legacy?[31m)

✘ 二要素目の認証がありません。パスワードが盗まれるとそれだけで入られます。  (mfa_off)
    対応  認証アプリによる MFA を有効にしてください。
    CDK  mfa: Mfa.OPTIONAL, mfaSecondFactor: { otp: true, sms: false }
    CLI  aws cognito-idp set-user-pool-mfa-config --user-pool-id eu-west-1_BadPool01 --mfa-configuration OPTIONAL --software-token-mfa-configuration Enabled=true
· Amazon SNS 用のロールがないため SMS を送れません。SMS による MFA は設定できません。  (sms_role_missing)
    対応  認証アプリで足りるなら何もする必要はありません。必要なら、ロール、利用上限額、本番用の発信元番号を用意してください。
    CDK  enableSmsRole: true
! メールは Cognito の送信元から送られます。アカウント全体で 1 日 50 通までで、迷惑メールと判定されやすいです。  (email_default_sender)
    対応  Amazon SES から送ってください。
    CDK  email: UserPoolEmail.withSES({ fromEmail: 'no-reply@example.com' })
✘ パスワードは 6 文字で足ります。  (password_short)
    対応  12 文字以上にしてください。
    CDK  passwordPolicy: { minLength: 12 }
! 仮パスワードの有効期間は 90 日です。  (temporary_password_long)
    対応  1 週間にしてください。\`cogate users create\` で作り直せます。
    CDK  passwordPolicy: { tempPasswordValidity: Duration.days(7) }
! 誰でもサインアップでき、正しいトークンを得られます。グループを指定しないゲートのルールは通れます。  (sign_up_open)
    対応  サインアップを閉じるか、すべてのルールにグループかスコープを書いてください。
    CDK  selfSignUpEnabled: false
! Anna と anna は別の利用者になります。  (usernames_case_sensitive)
    対応  プールの作成時に決まる設定です。新しいプールでは大文字と小文字を区別しないでください。
    CDK  signInCaseSensitive: false
✘ 1 回の呼び出しでプールが利用者ごと消えます。  (deletion_protection_off)
    対応  削除保護を有効にしてください。
    CDK  deletionProtection: true
· プラン LITE: $0.0055 / MAU > 10,000。約 150,000 人の全員が 1 か月に利用した場合: 約 $725。  (plan)
· 脅威保護には Plus プランが必要です (アクティブな利用者 1 人につき $0.020、無料枠なし。ここでは月に約 $3,000)。  (threat_protection_unavailable)
    CDK  featurePlan: FeaturePlan.PLUS
· Lambda トリガー: PreTokenGeneration V1_0。  (triggers)
! トークン生成前トリガーが V1_0 です。変更できるのは ID トークンだけで、ゲートが読むのはアクセストークンです。  (token_trigger_v1)
    対応  V2_0 を使ってください。
    CDK  userPool.addTrigger(UserPoolOperation.PRE_TOKEN_GENERATION_CONFIG, handler, LambdaVersion.V2_0)
✘ ドメイン legacy は FAILED です。  (domain_not_active)
    対応  us-east-1 の証明書と DNS レコードを確かめてください。
✘ クライアント 3spa: エラーから利用者の有無が分かります。  (client_reveals_users)
    対応  PreventUserExistenceErrors を ENABLED にしてください。
    CDK  preventUserExistenceErrors: true
✘ クライアント 3spa: トークンを取り消せません。  (client_revocation_off)
    対応  トークンの取り消しを有効にしてください。
    CDK  enableTokenRevocation: true
! クライアント 3spa: アクセストークンの有効期間は 1 d です。利用者を無効にしてもグループから外しても、期限までは通ります。  (client_access_token_long)
    対応  1 時間以下にしてください。
    CDK  accessTokenValidity: Duration.hours(1)
! クライアント 3spa: リフレッシュトークンの有効期間は 3650 d です。  (client_refresh_token_long)
    対応  30 日以下にしてください。
    CDK  refreshTokenValidity: Duration.days(30)
✘ クライアント 3spa: コールバック URL が http です: http://app.example.com/cb  (client_callback_plain)
    対応  https にしてください。
    CDK  oAuth: { callbackUrls }
! クライアント 3spa: コールバック URL が開発者のマシンのものです: http://localhost:3000/cb  (client_callback_loopback)
    対応  本番用のクライアントからは外してください。
    CDK  oAuth: { callbackUrls }
! クライアント 3spa: コールバック URL が開発者のマシンのものです: https://localhost:3000/cb  (client_callback_loopback)
    対応  本番用のクライアントからは外してください。
    CDK  oAuth: { callbackUrls }
✘ クライアント 3spa: インプリシットフローが有効です。トークンがページのアドレスに現れます。  (client_implicit)
    対応  PKCE つきの認可コードフローを使ってください。
    CDK  oAuth: { flows: { authorizationCodeGrant: true } }
· クライアント 3spa: マシンがトークンを取得します (1,000 個で $2.25)。期限まで使い回してください。  (client_machine)
! クライアント 3spa: スコープ aws.cognito.signin.user.admin を取れます。このトークンを持つ者は、その利用者のアカウントを読み書きできます。  (client_self_service_scope)
    対応  アプリ自身がアカウントを変更しないなら、外してください。
    CDK  oAuth: { scopes }
! クライアント 3spa: 利用者が自分のトークンで次の属性を書き換えられます: custom:tenant。  (client_writes_custom)
    対応  これらの属性で何かを判断する前に、書き込み権限を外してください。
    CDK  writeAttributes: new ClientAttributes()
✘ クライアント 3spa: クライアントにマネージドログインのスタイルがないため、サインインページが開きません。  (branding_missing)
    対応  作成してください。Cognito の既定のスタイルで足ります。
    CDK  new CfnManagedLoginBranding(this, "Branding", { userPoolId, clientId, useCognitoProvidedValues: true })
    CLI  aws cognito-idp create-managed-login-branding --user-pool-id eu-west-1_BadPool01 --client-id 3spa --use-cognito-provided-values
· 利用者は約 150,000 人です (Cognito の推定値)。  (users_count)
✘ 4 人中 3 人の電話番号が E.164 ではありません (+81-90-… や +81090… は +8190… にします): anna, ben, dan。  (users_phone)
    対応  設定し直してください: aws cognito-idp admin-update-user-attributes --user-pool-id eu-west-1_BadPool01 --username … --user-attributes Name=phone_number,Value=+8190…
! 4 人中 4 人は 1 年間変更がありません。サインインしていない証拠にはなりません。  (users_stale)
    対応  cogate users cleanup --pool eu-west-1_BadPool01 --inactive-for 365d --dry-run
· 4 人中 1 人はサインアップを確認していません。  (users_unconfirmed)

まとめたコマンド (この順に実行します)。更新は渡さなかった項目を既定値に戻すため、今の設定をすべて含みます:

aws cognito-idp set-user-pool-mfa-config --user-pool-id eu-west-1_BadPool01 --mfa-configuration OPTIONAL --software-token-mfa-configuration Enabled=true
aws cognito-idp create-managed-login-branding --user-pool-id eu-west-1_BadPool01 --client-id 3spa --use-cognito-provided-values
aws cognito-idp update-user-pool --cli-input-json '{"UserPoolId":"eu-west-1_BadPool01","PoolName":"legacy\\u001b[31m","Policies":{"PasswordPolicy":{"MinimumLength":12,"RequireNumbers":true,"TemporaryPasswordValidityDays":7}},"DeletionProtection":"ACTIVE","LambdaConfig":{"PreTokenGeneration":"arn:aws:lambda:eu-west-1:111122223333:function:old"},"MfaConfiguration":"OPTIONAL","EmailConfiguration":{"EmailSendingAccount":"COGNITO_DEFAULT"},"UserPoolTags":{"team":"it"},"AdminCreateUserConfig":{"AllowAdminCreateUserOnly":false},"UserPoolTier":"LITE"}'
aws cognito-idp update-user-pool-client --cli-input-json '{"UserPoolId":"eu-west-1_BadPool01","ClientId":"3spa","ClientName":"spa'\\''s","RefreshTokenValidity":30,"AccessTokenValidity":60,"TokenValidityUnits":{"AccessToken":"minutes","RefreshToken":"days"},"WriteAttributes":["email","custom:tenant"],"CallbackURLs":["http://app.example.com/cb","http://localhost:3000/cb","https://localhost:3000/cb"],"AllowedOAuthFlows":["implicit","client_credentials"],"AllowedOAuthScopes":["openid","aws.cognito.signin.user.admin"],"PreventUserExistenceErrors":"ENABLED","EnableTokenRevocation":true}'

良好 0, 要確認 12, 要修正 10, 参考 7

`
