// Random numbers that a seed gives again, on every machine and with every compiler.
#ifndef EVLOG_TESTS_SUPPORT_RNG_H_
#define EVLOG_TESTS_SUPPORT_RNG_H_

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

namespace evlog {

// The seed of a test: `fallback`, or what the environment says in EVLOG_SEED: a number, or
// `random`. Printed, so that a failure can be had again.
inline uint64_t TestSeed(uint64_t fallback) {
  uint64_t seed = fallback;
  if (const char* text = std::getenv("EVLOG_SEED"); text != nullptr && *text != '\0') {
    if (std::string(text) == "random") {
      std::random_device device;
      seed = (uint64_t{device()} << 32) | device();
    } else {
      char* end = nullptr;
      seed = std::strtoull(text, &end, 0);
      if (*end != '\0') {
        std::fprintf(stderr, "EVLOG_SEED=%s is neither a number nor `random`\n", text);
        std::abort();
      }
    }
  }
  std::fprintf(stderr, "EVLOG_SEED=%" PRIu64 "\n", seed);
  return seed;
}

// A splitmix64 sequence. Not thread-safe.
class Rng {
 public:
  explicit Rng(uint64_t seed) : state_(seed) {}

  uint64_t Next() {
    state_ += 0x9e3779b97f4a7c15;
    uint64_t x = state_;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
  }

  // In [0, n); n > 0. Bent by less than n / 2^64.
  uint64_t Below(uint64_t n) { return Next() % n; }
  // In [low, high].
  uint64_t Between(uint64_t low, uint64_t high) {
    return high - low == UINT64_MAX ? Next() : low + Below(high - low + 1);
  }
  // True `percent` times of a hundred.
  bool Percent(uint64_t percent) { return Below(100) < percent; }

  // Small numbers mostly, large ones sometimes: below 2^k for an even choice of k in 0..bits.
  uint64_t Skewed(int bits) {
    const uint64_t k = Below(static_cast<uint64_t>(bits) + 1);
    return k == 0 ? 0 : Next() >> (64 - k);
  }

  std::string Bytes(size_t size) {
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(Next());
    return bytes;
  }

 private:
  uint64_t state_;
};

}  // namespace evlog

#endif  // EVLOG_TESTS_SUPPORT_RNG_H_
