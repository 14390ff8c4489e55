#include "server/blocked.h"

#include <algorithm>

#include "log/base/test_point.h"
#include "server/io_thread.h"

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
  if (state_ != State::kIdle || ended_) return;
  // Null while it is being destroyed: nobody waits any more. The reference goes to another thread,
  // so that the last one is never dropped here, under a lock that its watches need to end.
  std::shared_ptr<BlockedClient> self = weak_from_this().lock();
  if (self == nullptr) return;
  state_ = State::kQueued;
  ExecGate::GoOn go_on = ToQueue(std::move(self));
  if (!gate_->Hold(&go_on)) go_on();
}

ExecGate::GoOn BlockedClient::ToQueue(std::shared_ptr<BlockedClient> self) {
  return [self = std::move(self)]() mutable {
    BlockedClient* const it = self.get();
    it->Post(std::move(self));
  };
}

void BlockedClient::Post(std::shared_ptr<BlockedClient> self) {
  if (here_) {
    thread_->PostJob([self = std::move(self)] { self->RunHere(); });
  } else {
    pool_->Post([self = std::move(self)] { self->Run(); });
  }
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
  here_ = waiting_->looks_here();
  if (!EndLook(found, &reply)) return;
  thread_->PostJob(
      [self = shared_from_this(), reply = std::move(reply)] { self->deliver_(reply); });
}

bool BlockedClient::BeginLook() {
  MutexLock lock(mu_);
  state_ = State::kLooking;
  return !ended_;
}

bool BlockedClient::EndLook(bool found, std::string* reply) {
  MutexLock lock(mu_);
  if (!found && !otherwise_) return false;
  if (!found) *reply = *std::move(otherwise_);
  ended_ = true;
  return true;
}

bool BlockedClient::LooksAgain() {
  MutexLock lock(mu_);
  // Also for who was told that it looks, after it had found nothing: that is to be delivered.
  if ((state_ != State::kLookingAgain && !otherwise_) || ended_) {
    state_ = State::kIdle;
    return false;
  }
  ExecGate::GoOn go_on = ToQueue(shared_from_this());
  if (!gate_->Hold(&go_on)) return true;
  state_ = State::kQueued;
  return false;
}

void BlockedClient::Run() {
  do {
    if (BeginLook()) LookOnce();
    EVLOG_TEST_POINT("blocked.looked");
  } while (LooksAgain());
}

void BlockedClient::RunHere() {
  if (!BeginLook()) return;
  thread_->appends().Join({});
  looking_ = shared_from_this();
  const auto done = [this](Waiting::EndOfLook end) {
    thread_->PostJob([self = std::move(looking_), end = std::move(end)]() mutable {
      self->End(std::move(end));
    });
  };
  if (waiting_->LookHere(done)) return;
  pool_->Post([self = std::move(looking_)] { self->Run(); });
}

void BlockedClient::End(Waiting::EndOfLook end) {
  std::string reply;
  RespWriter writer(&reply, protocol_);
  if (EndLook(end(writer), &reply)) {
    deliver_(reply);
  } else if (LooksAgain()) {
    RunHere();
  }
}

}  // namespace evlog::server
