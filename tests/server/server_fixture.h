// A server over a log in a directory of its own.
#ifndef EVLOG_TESTS_SERVER_SERVER_FIXTURE_H_
#define EVLOG_TESTS_SERVER_SERVER_FIXTURE_H_

#include <gtest/gtest.h>

#include <memory>
#include <string_view>

#include "evlog/event_log.h"
#include "evlog/server.h"
#include "tests/server/resp_client.h"
#include "tests/server/transcript.h"
#include "tests/support/manual_clock.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace evlog::server {

class ServerTest : public ::testing::Test {
 protected:
  // What tests do not wait for a disk for.
  static ServerOptions Options() {
    ServerOptions options;
    options.port = 0;
    options.stream.durability = Durability::kOs;
    return options;
  }

  void Start(const ServerOptions& options = Options()) {
    if (log_ == nullptr) {
      absl::StatusOr<std::unique_ptr<EventLog>> log = Open(directory_.path());
      ASSERT_OK(log);
      log_ = *std::move(log);
    }
    absl::StatusOr<std::unique_ptr<Server>> server = Server::Start(log_.get(), options);
    ASSERT_OK(server);
    server_ = *std::move(server);
  }

  // The same by clock_, which is wound by hand; nothing is done in the background.
  void StartWound() {
    OpenOptions options;
    options.clock = &clock_;
    options.maintenance_interval = absl::InfiniteDuration();
    absl::StatusOr<std::unique_ptr<EventLog>> log = Open(directory_.path(), options);
    ASSERT_OK(log);
    log_ = *std::move(log);
    ServerOptions served = Options();
    served.clock = &clock_;
    Start(served);
  }

  void TearDown() override {
    server_.reset();
    log_.reset();
  }

  // Plays it against a server, in RESP2.
  void Play(std::string_view text) {
    if (server_ == nullptr) Start();
    Transcript(server_->port()).Play(text);
  }
  void PlayResp3(std::string_view text) {
    if (server_ == nullptr) Start();
    Transcript(server_->port(), "HELLO 3").Play(text);
  }
  RespClient Connect() { return RespClient(server_->port()); }

  TempDir directory_;
  ManualClock clock_;
  std::unique_ptr<EventLog> log_;
  std::unique_ptr<Server> server_;
};

}  // namespace evlog::server

#endif  // EVLOG_TESTS_SERVER_SERVER_FIXTURE_H_
