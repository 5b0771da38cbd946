// Everything the pages say, in two languages. Errors are these fixed sentences: no text of a library, a provider or
// a visitor ever becomes one.

const en = {
  tag: 'en',
  gap: ' ',
  stop: '.',
  fullStop: '.',
  brand: 'Acme',
  signIn: 'Sign in',
  problem: 'Problem',
  phoneIntro: 'Enter your phone number. We will text you a code.',
  phone: 'Phone number',
  phoneExample: '+31 6 1234 5678',
  phoneHint: 'Begin with +, for example',
  send: 'Send the code',
  codeTitle: 'Enter the code',
  sentTo: 'We texted a 6-digit code to',
  endingIn: (digits) => (digits === '' ? 'your number' : `the number ending in ${digits}`),
  validFor: (minutes) => (minutes === 1 ? 'It is good for 1 minute.' : `It is good for ${minutes} minutes.`),
  code: 'Code',
  nothingCame: 'Nothing arrived?',
  mayAskIn: (seconds) => (seconds === 1 ? 'You can ask for it again in 1 second.' : `You can ask for it again in ${seconds} seconds.`),
  mayAskNow: 'You can ask for it again.',
  resend: 'Send it again',
  another: 'Use another number',
  welcome: 'You are signed in',
  welcomeAs: 'You have shown that this number is yours:',
  signOut: 'Sign out',
  inbox: 'This is a demonstration. Its messages arrive in',
  inboxLink: 'the inbox of the sandbox',
  home: 'To the start',
  notices: {
    phone: 'That is not a phone number we know how to reach. Check it, and the country code.',
    country: 'We cannot text this number. Please try another one.',
    wrong: ({ left }) => `That is not the code. You have ${left === 1 ? '1 try' : `${left} tries`} left.`,
    shape: 'The code has 6 digits. Please type all of them.',
    ended: 'That code is no longer valid. Please ask for a new one.',
    wait: ({ seconds }) => `That is too soon. Please wait ${span(seconds, 'second', 'minute')}, then try again.`,
    already: 'We have texted you a code already. Please enter it.',
    resent: 'We have sent it again.',
    trouble: 'We could not do that just now. Please try again in a moment.',
    signedOut: 'You are signed out.',
  },
  failures: {
    403: 'This request did not come from our own page, so nothing was done.',
    404: 'There is no such page.',
    405: 'This page cannot be asked for in this way.',
    413: 'This form is too large.',
    415: 'This is not a form of ours.',
    500: 'Something went wrong on our side. Please try again.',
  },
}

const zh = {
  tag: 'zh',
  gap: '',
  stop: '，',
  fullStop: '。',
  brand: 'Acme',
  signIn: '登录',
  problem: '出错了',
  phoneIntro: '请输入手机号码，我们会发送一条含验证码的短信。',
  phone: '手机号码',
  phoneExample: '+86 138 0013 8000',
  phoneHint: '请以 + 和国家代码开头，例如',
  send: '发送验证码',
  codeTitle: '输入验证码',
  sentTo: '6 位验证码已发送至',
  endingIn: (digits) => (digits === '' ? '您的号码' : `尾号为 ${digits} 的号码`),
  validFor: (minutes) => `${minutes} 分钟内有效。`,
  code: '验证码',
  nothingCame: '没有收到？',
  mayAskIn: (seconds) => `${seconds} 秒后可重新发送。`,
  mayAskNow: '现在可以重新发送。',
  resend: '重新发送',
  another: '更换号码',
  welcome: '您已登录',
  welcomeAs: '您刚刚验证了这个号码：',
  signOut: '退出登录',
  inbox: '这是演示，短信会出现在',
  inboxLink: '沙箱收件箱',
  home: '返回首页',
  notices: {
    phone: '无法识别这个手机号码，请检查号码和国家代码。',
    country: '无法向该号码发送短信，请换一个号码。',
    wrong: ({ left }) => `验证码不正确，还可以尝试 ${left} 次。`,
    shape: '验证码为 6 位数字，请完整输入。',
    ended: '该验证码已失效，请重新获取。',
    wait: ({ seconds }) => `操作过于频繁，请 ${seconds > 120 ? `${Math.ceil(seconds / 60)} 分钟` : `${seconds} 秒`}后再试。`,
    already: '验证码已经发送，请直接输入。',
    resent: '验证码已重新发送。',
    trouble: '暂时无法完成操作，请稍后再试。',
    signedOut: '您已退出登录。',
  },
  failures: {
    403: '该请求并非来自本网站的页面，未作任何处理。',
    404: '页面不存在。',
    405: '不支持这种访问方式。',
    413: '提交的内容过大。',
    415: '提交的格式不正确。',
    500: '服务器出错了，请重试。',
  },
}

/** The language that the browser prefers among ours. */
export function wordsFor(acceptLanguage = '') {
  const wishes = acceptLanguage.split(',').map((part) => {
    const [tag, quality] = part.trim().toLowerCase().split(/\s*;\s*q=/)
    return { language: tag.split('-')[0], quality: quality === undefined ? 1 : Number(quality) || 0 }
  })
  wishes.sort((a, b) => b.quality - a.quality)
  const found = wishes.find(({ language, quality }) => quality > 0 && (language === 'en' || language === 'zh'))
  return found?.language === 'zh' ? zh : en
}

function span(seconds, second, minute) {
  const [count, unit] = seconds > 120 ? [Math.ceil(seconds / 60), minute] : [seconds, second]
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}
