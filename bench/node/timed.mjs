/** Wall time and CPU time of the whole process, in nanoseconds. */
export async function timed(work) {
  const cpu = process.cpuUsage()
  const began = process.hrtime.bigint()
  await work()
  const ns = Number(process.hrtime.bigint() - began)
  const { user, system } = process.cpuUsage(cpu)
  return { ns, cpu_ns: (user + system) * 1000 }
}
