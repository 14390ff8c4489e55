#include "server/blocked.h"

#include <algorithm>

namespace evlog::server {

void BlockedByNames::Add(BlockedClient* blocked) {
  MutexLock lock(mu_);
  blocked_.push_back(blocked);
}

void BlockedByNames::Remove(BlockedClient* blocked) {
  MutexLock lock(mu_);
  std::erase(blocked_, blocked);
}

void BlockedByNames::NotifyAll() {
  MutexLock lock(mu_);
  for (BlockedClient* const blocked : blocked_) blocked->Notify();
}

BlockedClient::~BlockedClient() {
  if (told_of_names_) names_->Remove(this);
}

void BlockedClient::Notify() {
  MutexLock lock(mu_);
  if (state_ == State::kLooking) state_ = State::kLookingAgain;
  if (state_ != State::kIdle) return;
  // Null while it is being destroyed: nobody waits any more. The reference goes to the pool, so
  // that the last one is never dropped here, under a lock that its watches need to end.
  std::shared_ptr<BlockedClient> self = weak_from_this().lock();
  if (self == nullptr) return;
  state_ = State::kQueued;
  pool_->Post([self = std::move(self)] { self->Run(); });
}

bool BlockedClient::Claim(std::string otherwise) {
  MutexLock lock(mu_);
  if (ended_) return false;
  if (state_ == State::kLooking || state_ == State::kLookingAgain) {
    if (!otherwise_) otherwise_ = std::move(otherwise);
    return false;
  }
  ended_ = true;
  return true;
}

void BlockedClient::LookOnce() {
  const bool names = waiting_->Watch([this] { Notify(); });
  if (names && !told_of_names_) {
    told_of_names_ = true;
    names_->Add(this);
    // A stream that was made in between told nobody.
    waiting_->Watch([this] { Notify(); });
  }
  std::string reply;
  RespWriter writer(&reply, protocol_);
  const bool found = waiting_->Look(writer);
  {
    MutexLock lock(mu_);
    if (!found && !otherwise_) return;
    if (!found) reply = *std::move(otherwise_);
    ended_ = true;
  }
  deliver_(std::move(reply));
}

void BlockedClient::Run() {
  for (;;) {
    {
      MutexLock lock(mu_);
      state_ = State::kLooking;
    }
    if (!ended_) LookOnce();
    MutexLock lock(mu_);
    if (state_ == State::kLooking || ended_) {
      state_ = State::kIdle;
      return;
    }
  }
}

}  // namespace evlog::server
