// Being told that something may have changed, without a thread that waits: for event loops.
#ifndef EVLOG_WATCH_H_
#define EVLOG_WATCH_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

namespace evlog {

// Called by the thread that changes something, with a lock of the log held: it must be quick and
// call nothing of the log. One posts to a loop of one's own, and looks there. It may be called more
// often than there is something to see.
using ChangeCallback = std::function<void()>;

enum class NamesChange : uint8_t {
  kCreated,  // a stream has a name: a new one, a copy, one that was renamed
  kLeft,     // a stream has left a name that it had: it was renamed, moved or dropped
  kExpired,  // the same: it was dropped because its time was up (StreamOptions::expires_at)
};
struct NamesEvent {
  NamesChange change;
  int database;
  std::string_view name;  // as long as the callback runs; empty: any, of any database
};
using NamesCallback = std::function<void(const NamesEvent&)>;

// As long as it lives, its callback is called; once it is destroyed, the callback neither runs nor
// will run. Must not be destroyed by the callback itself. Move-only.
class Watch {
 public:
  class Impl;

  Watch();
  explicit Watch(std::unique_ptr<Impl> impl);
  Watch(Watch&&) noexcept;
  Watch& operator=(Watch&&) noexcept;
  ~Watch();

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace evlog

#endif  // EVLOG_WATCH_H_
