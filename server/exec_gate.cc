#include "server/exec_gate.h"

#include <utility>
#include <vector>

namespace evlog::server {

uint64_t ExecGate::Begin() {
  MutexLock lock(mu_);
  running_.insert(++last_);
  under_way_.store(running_.size());
  return last_;
}

void ExecGate::End(uint64_t number) {
  std::vector<GoOn> free;
  {
    MutexLock lock(mu_);
    running_.erase(number);
    under_way_.store(running_.size());
    const uint64_t first = running_.empty() ? UINT64_MAX : *running_.begin();
    for (; !held_.empty() && held_.front().until < first; held_.pop_front()) {
      free.push_back(std::move(held_.front().go_on));
    }
  }
  for (GoOn& go_on : free) go_on();
}

bool ExecGate::Hold(GoOn* go_on) {
  if (under_way_.load() == 0) return false;
  MutexLock lock(mu_);
  if (running_.empty()) return false;
  held_.push_back({last_, std::move(*go_on)});
  return true;
}

}  // namespace evlog::server
