// Numbers that name things: a type for each kind, so that one cannot stand for another.
#ifndef EVLOG_LOG_BASE_STRONG_ID_H_
#define EVLOG_LOG_BASE_STRONG_ID_H_

#include <compare>
#include <utility>

namespace evlog {

//   using StreamId = StrongId<struct StreamIdTag, uint64_t>;
//
// Comparable, hashable by absl, and never converted without being asked.
template <typename Tag, typename T>
class StrongId {
 public:
  using Value = T;

  constexpr StrongId() = default;
  constexpr explicit StrongId(T value) : value_(value) {}

  constexpr T value() const { return value_; }

  friend constexpr auto operator<=>(StrongId, StrongId) = default;

  template <typename H>
  friend H AbslHashValue(H state, StrongId id) {
    return H::combine(std::move(state), id.value_);
  }

 private:
  T value_{};
};

}  // namespace evlog

#endif  // EVLOG_LOG_BASE_STRONG_ID_H_
