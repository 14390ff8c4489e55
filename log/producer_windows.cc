#include "log/producer_windows.h"

#include <iterator>
#include <utility>

#include "log/base/status.h"
#include "log/key_codec.h"

namespace evlog {

namespace {

// Held windows that are passed over in one search for those to forget.
constexpr int kHeldPassedMax = 64;

}  // namespace

absl::StatusOr<std::shared_ptr<ProducerWindow>> ProducerWindows::Pin(StreamId stream,
                                                                     std::string_view producer) {
  std::string key = ProducerRange(stream, producer).begin;
  std::shared_ptr<ProducerWindow> window;
  {
    MutexLock lock(mu_);
    const auto known = windows_.find(key);
    if (known != windows_.end()) {
      recent_.splice(recent_.begin(), recent_, known->second);
    } else {
      recent_.push_front(std::make_shared<ProducerWindow>(stream, std::string(producer), &bytes_));
      windows_.emplace(std::move(key), recent_.begin());
    }
    window = recent_.front();
    Evict();
  }
  RETURN_IF_ERROR(window->Load(*store_));
  return window;
}

// Only this list can make new owners of a window, so one that nobody else owns stays so under the
// lock.
void ProducerWindows::Evict() {
  int held = 0;
  for (auto it = recent_.end(); it != recent_.begin() && held < kHeldPassedMax;) {
    if (bytes_.load(std::memory_order_relaxed) <= bytes_max_) return;
    --it;
    if (it->use_count() != 1) {
      ++held;
      continue;
    }
    windows_.erase(ProducerRange((*it)->stream(), (*it)->producer()).begin);
    it = recent_.erase(it);
  }
}

absl::Status ProducerWindows::Reload() {
  MutexLock lock(mu_);
  for (auto it = recent_.begin(); it != recent_.end();) {
    if (it->use_count() == 1) {
      windows_.erase(ProducerRange((*it)->stream(), (*it)->producer()).begin);
      it = recent_.erase(it);
    } else {
      RETURN_IF_ERROR((*it)->Reload(*store_));
      ++it;
    }
  }
  return absl::OkStatus();
}

size_t ProducerWindows::size() const {
  MutexLock lock(mu_);
  return recent_.size();
}

}  // namespace evlog
