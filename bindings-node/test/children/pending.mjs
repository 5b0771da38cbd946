// A call under way keeps the process alive, also if nobody awaits it, and then the exit code is the program's own.
import { Otpkit } from 'otpkit'
const otp = new Otpkit({ deadlineMs: 60, providers: { mine: { send: () => new Promise(() => {}) } } })
void otp.start({ to: '+31612345678' }).then(({ delivery }) => process.stdout.write(`${delivery} ${Date.now()}\n`))
process.exitCode = 7
