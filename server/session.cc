#include "server/session.h"

#include <sys/socket.h>

#include <algorithm>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <span>
#include <system_error>
#include <utility>

#include "server/exec_run.h"

namespace evlog::server {

namespace {

// Received while earlier requests must be done first; then no more is read.
constexpr size_t kReadAheadBytes = size_t{1} << 20;

}  // namespace

Session::Session(IoThread* thread, asio::ip::tcp::socket socket, std::shared_ptr<Client> client)
    : thread_(thread),
      core_(&thread->core()),
      socket_(std::move(socket)),
      client_(std::move(client)),
      parser_(&core_->request_limits()) {}

Session::~Session() = default;

void Session::Start() {
  std::error_code error;
  socket_.set_option(asio::ip::tcp::no_delay(true), error);
  socket_.set_option(asio::socket_base::keep_alive(true), error);
  StartReading();
}

bool Session::may_read() const {
  if (closed_ || ended_ || closing_) return false;
  return stall_ == Stall::kNone || input_.size() < kReadAheadBytes;
}

void Session::StartReading() {
  if (reading_ || !may_read()) return;
  reading_ = true;
  asio::co_spawn(thread_->context(), Read(shared_from_this()), asio::detached);
}

// An idle connection waits with a small buffer of its own, which most requests fit into; what is
// more comes into that of the thread. (Waiting without any, and then reading, has Asio call
// epoll_ctl each time.) `self` keeps it alive.
asio::awaitable<void> Session::Read(std::shared_ptr<Session> self) {
  while (may_read() && !draining_) {
    std::error_code error;
    const size_t got = co_await socket_.async_receive(
        asio::buffer(first_bytes_), asio::redirect_error(asio::use_awaitable, error));
    if (closed_ || error == asio::error::operation_aborted) break;
    if (error == asio::error::eof) {
      OnEnd();
      break;
    }
    if (error) {
      Cut();
      break;
    }
    Take(got);
  }
  if (draining_) EndDrain();
  reading_ = false;
  self->RetireIfDone();
}

// So many bytes have come into first_bytes_; there may be more.
void Session::Take(size_t got) {
  std::string_view bytes(first_bytes_.data(), got);
  if (got == first_bytes_.size()) {
    const std::span<char> buffer = thread_->read_buffer();
    std::copy(bytes.begin(), bytes.end(), buffer.begin());
    const std::span<char> rest = buffer.subspan(got);
    const ssize_t more = recv(socket_.native_handle(), rest.data(), rest.size(), MSG_DONTWAIT);
    // An error, or the end, comes again.
    bytes = {buffer.data(), got + (more > 0 ? static_cast<size_t>(more) : 0)};
  }
  core_->stats().input_bytes.fetch_add(bytes.size(), std::memory_order_relaxed);
  client_->last_active_ms = absl::ToUnixMillis(core_->Now());
  {
    const IoThread::WakesHeld held;
    Consume(bytes);
  }
  FlushNow();
}

// The client sends no more: it gets what it has asked for, but nobody waits on its behalf.
void Session::OnEnd() {
  ended_ = true;
  if (block_ != nullptr) return Cut();
  FlushNow();
}

void Session::Drain() {
  if (closed_ || ended_) return;
  draining_ = true;
  if (!reading_) return EndDrain();
  std::error_code error;
  socket_.cancel(error);  // whoever reads goes on there
}

// What has arrived counts as accepted.
void Session::EndDrain() {
  draining_ = false;
  std::error_code error;
  while (may_read() && socket_.available(error) > 0) {
    const ssize_t got =
        recv(socket_.native_handle(), first_bytes_.data(), first_bytes_.size(), MSG_DONTWAIT);
    if (got <= 0) break;
    Take(static_cast<size_t>(got));
  }
  if (closed_ || ended_) return;
  ended_ = true;
  StopWaiting();  // so that the client sees that the connection ends, and nothing else
  FlushNow();
}

void Session::Consume(std::string_view bytes) {
  if (stall_ != Stall::kNone) {
    input_.append(bytes);
  } else if (input_.empty()) {
    const size_t done = Process(bytes);
    input_.assign(bytes.substr(done));
  } else {
    input_.append(bytes);
    input_.erase(0, Process(input_));
  }
  client_->input_bytes.store(input_.size(), std::memory_order_relaxed);
}

size_t Session::Process(std::string_view input) {
  const size_t done = ProcessRequests(input);
  PostQueued();
  return done;
}

size_t Session::ProcessRequests(std::string_view input) {
  size_t done = 0;
  while (!closed_ && !closing_ && done < input.size()) {
    const RespParser::Result result =
        parser_.Parse(input.substr(done), client_->authenticated.load(std::memory_order_relaxed));
    if (result == RespParser::Result::kMore) break;
    if (result == RespParser::Result::kError) {
      ReplyError("ERR " + parser_.error());
      closing_ = true;
      break;
    }
    const size_t size = parser_.consumed();
    if (!parser_.args().empty() && !Dispatch(parser_.args())) return done;
    done += size;
  }
  parser_.Shrink();
  return closing_ || closed_ ? input.size() : done;
}

void Session::Resume() {
  if (closed_) return;
  stall_ = Stall::kNone;
  input_.erase(0, Process(input_));
  if (input_.empty()) input_.shrink_to_fit();
  client_->input_bytes.store(input_.size(), std::memory_order_relaxed);
  thread_->FlushLater(this);
  StartReading();
}

void Session::Tick(absl::Time now) {
  if (closed_) return;
  CheckOutput(now);
  const int64_t timeout_s = core_->settings().idle_timeout_s();
  if (closed_ || timeout_s == 0 || client_->subscribed() || client_->held || under_way_ != 0) {
    return;
  }
  if (absl::ToUnixMillis(now) - client_->last_active_ms > timeout_s * 1000) Cut();
}

void Session::Cut() {
  if (closed_) return;
  closed_ = true;
  client_->closing = true;
  if (subscriptions_ != nullptr) thread_->topics().RemoveAll(this, subscriptions_.get());
  if (block_ != nullptr) {
    // Unclaimed, its reply comes.
    if (block_->client->Claim()) --under_way_;
    block_.reset();
    client_->blocked = false;
    core_->stats().blocked.fetch_sub(1, std::memory_order_relaxed);
  }
  SetHeld(false);
  // Gone for others before the client can know.
  core_->clients().Remove(client_->id);
  std::error_code error;
  socket_.close(error);
  RetireIfDone();
}

void Session::RetireIfDone() {
  if (closed_ && !reading_ && !waiting_to_send_ && under_way_ == 0) thread_->Retire(this);
}

}  // namespace evlog::server
