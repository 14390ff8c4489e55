#include "server/io_thread.h"

#include <asio/post.hpp>
#include <chrono>
#include <string>
#include <system_error>
#include <utility>

#include "server/session.h"

namespace evlog::server {

namespace {

constexpr size_t kReadBufferBytes = size_t{64} << 10;
constexpr auto kTick = std::chrono::milliseconds(1000 / kTicksPerSecond);
constexpr uint64_t kSweepTicks = 60 * kTicksPerSecond;
constexpr auto kPauseLook = std::chrono::milliseconds(10);

std::string TextOf(const asio::ip::tcp::endpoint& endpoint) {
  const std::string address = endpoint.address().to_string();
  const std::string port = std::to_string(endpoint.port());
  return endpoint.address().is_v6() ? "[" + address + "]:" + port : address + ":" + port;
}

// Of this thread: whom to wake, and how many hold that back.
thread_local std::vector<IoThread*> held_wakes;
thread_local int holders = 0;

}  // namespace

IoThread::WakesHeld::WakesHeld() { ++holders; }

IoThread::WakesHeld::~WakesHeld() {
  if (--holders > 0) return;
  for (IoThread* const thread : held_wakes) thread->WakeNow();
  held_wakes.clear();
}

IoThread::IoThread(Core* core)
    : core_(core),
      work_(context_.get_executor()),
      tick_(context_),
      pause_(context_),
      patience_(context_),
      appends_(core->options().limits,
               [this](std::unique_ptr<SharedAppend> done) {
                 if (mailbox_.Put(std::move(done))) Wake();
               }),
      topics_(&core->log(0).channels(), &core->topic_counts(),
              [this](const std::shared_ptr<TopicEntry>& topic, const Message& message) {
                if (mailbox_.Put(topic, message)) Wake();
              }),
      read_buffer_(kReadBufferBytes) {}

IoThread::~IoThread() = default;

void IoThread::Start() {
  ArmTick();
  thread_ = std::thread([this] { context_.run(); });
}

void IoThread::Join() {
  if (thread_.joinable()) thread_.join();
}

bool IoThread::DropMail() {
  Mail mail;
  mailbox_.Take(&mail);
  return !mail.jobs.empty() || !mail.appends.empty() || !mail.topics.empty();
}

void IoThread::Wake() {
  if (holders > 0) {
    held_wakes.push_back(this);
  } else {
    WakeNow();
  }
}

void IoThread::WakeNow() {
  asio::post(context_, [this] { TakeMail(); });
}

void IoThread::TakeMail() {
  const WakesHeld held;
  taking_mail_ = true;
  Mail mail = std::move(mail_);  // its memory serves each turn
  mail_ = {};
  mailbox_.Take(&mail);
  // Messages first: who subscribes in this turn gets none that was published before.
  HandOutMessages(mail);
  for (const auto& done : mail.appends) {
    for (size_t i = 0; i < done->waiters.size(); ++i) {
      done->waiters[i].session->OnAppendDone(*done, i);
    }
  }
  for (Job& job : mail.jobs) job();
  mail.Clear();
  mail_ = std::move(mail);
  for (size_t i = 0; i < dirty_.size(); ++i) dirty_[i]->FlushNow();
  dirty_.clear();
  taking_mail_ = false;
}

void IoThread::HandOutMessages(const Mail& mail) {
  for (size_t i = 0; i < mail.topics.size();) {
    size_t end = i + 1;
    while (end < mail.topics.size() && mail.topics[end] == mail.topics[i]) ++end;
    Topics::Deliver(*mail.topics[i], mail.messages.cbegin() + static_cast<std::ptrdiff_t>(i),
                    mail.messages.cbegin() + static_cast<std::ptrdiff_t>(end));
    i = end;
  }
}

void IoThread::DeliverMessages() {
  Mail mail;
  mailbox_.TakeMessages(&mail);
  HandOutMessages(mail);
}

AppendTurn& IoThread::appends() {
  if (!std::exchange(submit_posted_, true)) {
    // Behind what is ready to run now: the rest of the turn.
    asio::post(context_, [this] {
      submit_posted_ = false;
      appends_.Submit();
    });
  }
  return appends_;
}

void IoThread::FlushLater(Session* session) {
  if (dirty_.empty() && !taking_mail_) Wake();
  dirty_.push_back(session);
}

void IoThread::Adopt(asio::ip::tcp::socket socket) {
  std::error_code error;
  const asio::ip::tcp::endpoint remote = socket.remote_endpoint(error);
  if (error || draining_) return core_->clients().GiveUp();
  const asio::ip::tcp::endpoint local = socket.local_endpoint(error);
  auto client = std::make_shared<Client>(core_->clients().NextId(), TextOf(remote), TextOf(local),
                                         socket.native_handle(), core_->Now());
  client->authenticated = !core_->settings().needs_password();
  auto session = std::make_shared<Session>(this, std::move(socket), client);
  sessions_.emplace(client->id, session);
  core_->clients().Add({client, this});
  core_->stats().connections.fetch_add(1, std::memory_order_relaxed);
  session->Start();
}

std::shared_ptr<Session> IoThread::Find(uint64_t client) const {
  const auto found = sessions_.find(client);
  return found == sessions_.end() ? nullptr : found->second;
}

void IoThread::Retire(Session* session) {
  asio::post(context_, [this, id = session->id()] {
    sessions_.erase(id);
    EndIfDrained();
  });
}

void IoThread::Kill(uint64_t client) {
  PostJob([this, client] {
    if (const auto session = Find(client)) session->Cut();
  });
}

void IoThread::Unblock(uint64_t client, bool with_error) {
  PostJob([this, client, with_error] {
    if (const auto session = Find(client)) session->Unblock(with_error);
  });
}

void IoThread::ArmTick() {
  tick_.expires_after(kTick);
  tick_.async_wait([this](const std::error_code& error) {
    if (error) return;
    Tick();
    ArmTick();
  });
}

void IoThread::Tick() {
  const absl::Time now = core_->Now();
  core_->SampleTraffic(now);
  if (++ticks_ % kSweepTicks == 0) streams_.Sweep();
  std::vector<std::shared_ptr<Session>> all;
  all.reserve(sessions_.size());
  for (const auto& [id, session] : sessions_) all.push_back(session);
  for (const auto& session : all) session->Tick(now);
}

void IoThread::ResumeLater(const std::shared_ptr<Session>& session) {
  paused_.push_back(session);
  if (paused_.size() > 1) return;
  pause_.expires_after(kPauseLook);
  pause_.async_wait([this](const std::error_code& error) {
    if (!error) ResumePaused();
  });
}

void IoThread::ResumePaused() {
  const std::vector<std::shared_ptr<Session>> paused = std::exchange(paused_, {});
  for (const auto& session : paused) session->Resume();
}

void IoThread::Drain(absl::Duration patience) {
  PostJob([this, patience] {
    draining_ = true;
    tick_.cancel();
    std::vector<std::shared_ptr<Session>> all;
    for (const auto& [id, session] : sessions_) all.push_back(session);
    for (const auto& session : all) session->Drain();
    patience_.expires_after(absl::ToChronoMilliseconds(patience));
    patience_.async_wait([this](const std::error_code& error) {
      if (!error) CloseAll();
    });
    EndIfDrained();
  });
}

void IoThread::CloseAll() {
  std::vector<std::shared_ptr<Session>> all;
  for (const auto& [id, session] : sessions_) all.push_back(session);
  for (const auto& session : all) session->Cut();
}

void IoThread::EndIfDrained() {
  if (!draining_ || !sessions_.empty()) return;
  patience_.cancel();
  pause_.cancel();
  tick_.cancel();
  work_.reset();
}

}  // namespace evlog::server
