/**
 * The words of the pages, in each language. They name no user, no group and no cause that would help an attacker.
 */
import type { PageLanguage } from '../../config/config.ts'

export type PageName =
  | 'form_without_session'
  | 'framed'
  | 'embedded'
  | 'sign_out'
  | 'signed_out'
  | 'not_allowed'
  | 'not_strong_enough'
  | 'form_not_strong_enough'
  | 'state_invalid'
  | 'login_loop'
  | 'login_failed'
  | 'session_unavailable'

export interface PageText {
  readonly title: string
  readonly text: string
  /** What the button or the link of the page says. */
  readonly action: string
}

type Texts = Readonly<Record<PageName, PageText>>

const english: Texts = {
  form_without_session: {
    title: 'Please sign in',
    text: 'You were signed out before this form arrived, and it was not sent on. Sign in in a new tab, come back to this tab, and reload it to send the form again.',
    action: 'Sign in in a new tab',
  },
  framed: {
    title: 'Please sign in',
    text: 'The sign-in page cannot be shown inside another page.',
    action: 'Sign in',
  },
  embedded: {
    title: 'Please sign in',
    text: 'The sign-in page cannot be shown inside another page. Sign in in a new tab, come back to this page, and reload it.',
    action: 'Sign in in a new tab',
  },
  sign_out: { title: 'Sign out?', text: 'You will have to sign in again to use this site.', action: 'Sign out' },
  signed_out: { title: 'You are signed out', text: 'You can close this page now.', action: 'Sign in again' },
  not_allowed: {
    title: 'You may not open this page',
    text: 'You are signed in, but your account has no access here. Ask whoever runs this site, or use another account.',
    action: 'Use another account',
  },
  not_strong_enough: {
    title: 'A stronger sign-in is needed',
    text: 'This page asks for a newer or a stronger sign-in, for example with a second factor. You have signed in again, and the sign-in service did not give it. Tell whoever runs this site.',
    action: 'Try again',
  },
  form_not_strong_enough: {
    title: 'Please sign in again',
    text: 'This form asks for a newer or a stronger sign-in, and it was not sent on. Sign in in a new tab, come back to this tab, and reload it to send the form again.',
    action: 'Sign in in a new tab',
  },
  state_invalid: {
    title: 'This sign-in is no longer valid',
    text: 'It took too long, or it was begun in another browser.',
    action: 'Sign in again',
  },
  login_loop: {
    title: 'The sign-in does not come to an end',
    text: 'Your browser does not send back the cookies of this site. Allow cookies for it, and open it with https. If that does not help, tell whoever runs this site that the public address in its settings may be wrong.',
    action: 'Try again',
  },
  login_failed: {
    title: 'The sign-in has failed',
    text: 'The sign-in service did not complete it. Nothing was changed; you can try again.',
    action: 'Try again',
  },
  session_unavailable: {
    title: 'One moment, please',
    text: 'Your session cannot be renewed right now. You are still signed in; reload this page in a few seconds.',
    action: 'Reload',
  },
}

const japanese: Texts = {
  form_without_session: {
    title: 'サインインしてください',
    text: 'フォームが届く前にサインアウトされたため、送信されませんでした。新しいタブでサインインし、このタブに戻って再読み込みすると、もう一度送信できます。',
    action: '新しいタブでサインイン',
  },
  framed: {
    title: 'サインインしてください',
    text: 'サインイン画面は、ほかのページの中には表示できません。',
    action: 'サインイン',
  },
  embedded: {
    title: 'サインインしてください',
    text: 'サインイン画面は、ほかのページの中には表示できません。新しいタブでサインインし、このページに戻って再読み込みしてください。',
    action: '新しいタブでサインイン',
  },
  sign_out: {
    title: 'サインアウトしますか',
    text: 'このサイトを使うには、もう一度サインインが必要になります。',
    action: 'サインアウト',
  },
  signed_out: {
    title: 'サインアウトしました',
    text: 'このページは閉じてかまいません。',
    action: 'もう一度サインイン',
  },
  not_allowed: {
    title: 'このページは開けません',
    text: 'サインインしていますが、お使いのアカウントには権限がありません。管理者に連絡するか、別のアカウントを使ってください。',
    action: '別のアカウントを使う',
  },
  not_strong_enough: {
    title: 'より強いサインインが必要です',
    text: 'このページには、新しいサインイン、または二段階認証などのより強いサインインが必要です。もう一度サインインしましたが、サインインのサービスから得られませんでした。管理者に連絡してください。',
    action: 'もう一度試す',
  },
  form_not_strong_enough: {
    title: 'もう一度サインインしてください',
    text: 'このフォームには、新しいサインイン、またはより強いサインインが必要なため、送信されませんでした。新しいタブでサインインし、このタブに戻って再読み込みすると、もう一度送信できます。',
    action: '新しいタブでサインイン',
  },
  state_invalid: {
    title: 'このサインインは無効になりました',
    text: '時間がかかりすぎたか、別のブラウザーで始められたものです。',
    action: 'もう一度サインイン',
  },
  login_loop: {
    title: 'サインインが完了しません',
    text: 'ブラウザーがこのサイトの Cookie を送り返していません。Cookie を許可し、https で開いてください。それでも直らないときは、公開アドレスの設定が誤っている可能性を管理者に伝えてください。',
    action: 'やり直す',
  },
  login_failed: {
    title: 'サインインに失敗しました',
    text: 'サインインのサービスが処理を完了しませんでした。何も変更されていません。もう一度お試しください。',
    action: 'やり直す',
  },
  session_unavailable: {
    title: '少しお待ちください',
    text: 'いまセッションを更新できません。サインインは続いています。数秒後にこのページを再読み込みしてください。',
    action: '再読み込み',
  },
}

/** What stands before the id of the request. */
export const requestLabel: Readonly<Record<PageLanguage, string>> = { en: 'Request ID', ja: 'リクエスト ID' }

export const texts: Readonly<Record<PageLanguage, Texts>> = { en: english, ja: japanese }
