// What is asked of the processor itself.
#ifndef EVLOG_EMBEDDED_HUB_PROCESSOR_H_
#define EVLOG_EMBEDDED_HUB_PROCESSOR_H_

namespace evlog::internal {

// Tells the processor that this is a wait in a loop.
inline void PauseProcessor() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield" ::: "memory");
#endif
}

// Begins to fetch the cache line of `at` to be written to. A hint: `at` need not be of anything.
inline void FetchForWriting(const void* at) {
#if defined(__x86_64__)
  // The built-in fetches it for reading only, unless the target is told to be newer than it must.
  asm volatile("prefetchw %0" : : "m"(*static_cast<const char*>(at)));
#else
  __builtin_prefetch(at, 1);
#endif
}

}  // namespace evlog::internal

#endif  // EVLOG_EMBEDDED_HUB_PROCESSOR_H_
