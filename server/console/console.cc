#include "server/console/console.h"

#include <algorithm>
#include <asio/buffer.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>
#include <asio/read_until.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <system_error>
#include <utility>

#include "log/base/status.h"
#include "server/console/pages.h"
#include "server/listen.h"

namespace evlog::server {

namespace {

using asio::ip::tcp;

// After an accept that failed, mostly for want of file descriptors.
constexpr auto kBackOff = std::chrono::milliseconds(100);
// What an answered client may still send, and for how long, so that the answer is not lost in the
// reset of a connection that was closed with bytes unread.
constexpr size_t kLeftoverBytesMax = size_t{64} << 10;
constexpr auto kLeftoverPatience = std::chrono::seconds(1);

auto Into(std::error_code& error) { return asio::redirect_error(asio::use_awaitable, error); }

}  // namespace

struct Console::Client {
  explicit Client(tcp::socket taken)
      : socket(std::move(taken)),
        deadline(socket.get_executor()),
        waiting(socket.get_executor(), asio::steady_timer::time_point::max()) {}

  // Cuts the client off when its time is up.
  void Allow(const std::shared_ptr<Client>& self, std::chrono::steady_clock::duration time) {
    deadline.expires_after(time);
    deadline.async_wait([self](const std::error_code& error) {
      if (!error) self->Close();
    });
  }
  void Close() {
    std::error_code ignored;
    socket.close(ignored);
    waiting.cancel();
  }

  tcp::socket socket;
  asio::steady_timer deadline;
  asio::steady_timer waiting;  // for its turn, and for its page: is cancelled when to look again
  std::optional<HttpResponse> page;
  std::string head;
};

Console::Console(Core* core, const MetricsRegistry* metrics)
    : core_(core), metrics_(metrics), acceptor_(context_), room_(context_) {}

Console::~Console() { Stop(); }

absl::Status Console::Listen(const HttpOptions& options) {
  ListenOptions listen{options.host, options.port};
  listen.may_be_public = options.allow_unprotected;
  listen.otherwise = "HTTP asks for no password; say that none is wanted (http-unprotected)";
  ASSIGN_OR_RETURN(port_, server::Listen(listen, &acceptor_));
  return absl::OkStatus();
}

void Console::Start() {
  asio::co_spawn(context_, Accept(), asio::detached);
  thread_ = std::thread([this] { context_.run(); });
}

void Console::Stop() {
  if (!thread_.joinable()) return;
  asio::post(context_, [this] {
    std::error_code ignored;
    acceptor_.close(ignored);
    room_.cancel();
    for (Client* const client : clients_) client->Close();
  });
  // Ends once nobody waits for anything any more: pages on the pool are waited for.
  thread_.join();
}

asio::awaitable<void> Console::Accept() {
  while (acceptor_.is_open()) {
    std::error_code error;
    if (clients_.size() >= kHttpClientsMax) {
      room_.expires_at(asio::steady_timer::time_point::max());
      co_await room_.async_wait(Into(error));
      continue;
    }
    tcp::socket socket(context_);
    co_await acceptor_.async_accept(socket, Into(error));
    if (!acceptor_.is_open()) co_return;
    if (error) {
      room_.expires_after(kBackOff);
      co_await room_.async_wait(Into(error));
      continue;
    }
    auto client = std::make_shared<Client>(std::move(socket));
    clients_.insert(client.get());
    asio::co_spawn(context_, Serve(std::move(client)), asio::detached);
  }
}

asio::awaitable<void> Console::Serve(std::shared_ptr<Client> client) {
  client->Allow(client, kHttpPatience);
  const std::string answer = co_await Answer(client);
  std::error_code error;
  if (!answer.empty()) {
    co_await asio::async_write(client->socket, asio::buffer(answer), Into(error));
    if (!error) client->socket.shutdown(tcp::socket::shutdown_send, error);
    client->Allow(client, kLeftoverPatience);
    for (size_t left = kLeftoverBytesMax; !error && left != 0;) {
      client->head.resize(std::min(left, kHttpHeadBytesMax));
      left -= co_await client->socket.async_read_some(asio::buffer(client->head), Into(error));
    }
  }
  client->Close();
  client->deadline.cancel();
  clients_.erase(client.get());
  room_.cancel();
}

// Empty: nothing is to be answered.
asio::awaitable<std::string> Console::Answer(std::shared_ptr<Client> client) {
  std::error_code error;
  co_await asio::async_read_until(client->socket,
                                  asio::dynamic_buffer(client->head, kHttpHeadBytesMax), "\r\n\r\n",
                                  Into(error));
  const auto refuse = [](int status, const char* why) {
    HttpResponse response;
    response.status = status;
    response.body = why;
    return EncodeHttpResponse(response, true);
  };
  if (error == asio::error::not_found) co_return refuse(431, "the request is too large\n");
  if (error) co_return std::string();
  const std::optional<HttpRequest> request = ParseHttpRequest(client->head);
  if (!request) co_return refuse(400, "this is not HTTP/1.1\n");
  const bool get = request->method == "GET";
  if (!get && request->method != "HEAD") co_return refuse(405, "only GET and HEAD\n");
  const std::string path(request->path);
  if (IsQuickPage(path)) co_return EncodeHttpResponse(RenderPage(path, *core_, *metrics_), get);
  const std::optional<HttpResponse> page = co_await Render(client, path);
  co_return page ? EncodeHttpResponse(*page, get) : std::string();
}

void Console::Rendered(Client* client, HttpResponse page) {
  rendering_ = false;
  client->page = std::move(page);
  client->waiting.cancel();
  for (Client* const other : clients_) other->waiting.cancel();
}

asio::awaitable<std::optional<HttpResponse>> Console::Render(std::shared_ptr<Client> client,
                                                             std::string path) {
  std::error_code ignored;
  const auto open = [&client] { return client->socket.is_open(); };
  while (rendering_ && open()) co_await client->waiting.async_wait(Into(ignored));
  if (!open()) co_return std::nullopt;
  rendering_ = true;
  // The guard: the thread of the console does not end before the page has come. The pool lets go of
  // the client first, as that is of the context, which may be gone with the guard.
  core_->pool().Post(
      [this, client, path = std::move(path), work = asio::make_work_guard(context_)]() mutable {
        HttpResponse page = RenderPage(path, *core_, *metrics_);
        asio::post(context_, [this, client = std::move(client), page = std::move(page)]() mutable {
          Rendered(client.get(), std::move(page));
        });
      });
  // Who is cut off meanwhile makes room for others, however long the disk takes.
  while (!client->page && open()) co_await client->waiting.async_wait(Into(ignored));
  co_return std::move(client->page);
}

}  // namespace evlog::server
