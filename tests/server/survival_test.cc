// A disk that fails or is full, and descriptors that run out: what can be answered is, what cannot
// is refused by name, and it goes on once that is over.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/resource.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "embedded/local_event_log.h"
#include "tests/server/server_fixture.h"
#include "tests/support/fault_fs.h"

namespace evlog::server {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class SurvivalTest : public ServerTest {};

TEST_F(SurvivalTest, AFailedWriteIsAnErrorAndReadsGoOn) {
  const auto fs = std::make_shared<FaultFs>(directory_.Path("stash"));
  OpenOptions options;
  options.maintenance_interval = absl::InfiniteDuration();
  ASSERT_OK_AND_ASSIGN(log_, OpenOn({fs}, directory_.Path("log"), options));
  Start();
  RespClient client = Connect(), other = Connect();
  EXPECT_EQ(client.Ask({"XADD", "s", "1-1", "f", "v"}), R"("1-1")");
  EXPECT_EQ(client.Ask({"XGROUP", "CREATE", "s", "g", "0"}), "+OK");
  fs->Arm({.ops = {FileOp::kAppend}, .for_ever = true});
  EXPECT_THAT(client.Ask({"XADD", "s", "1-2", "f", "v"}), StartsWith("-MISCONF"));
  // The log takes nothing more until it is reopened, however it is asked.
  EXPECT_THAT(other.Ask({"XADD", "s", "1-3", "f", "v"}), StartsWith("-"));
  EXPECT_THAT(other.Ask({"XADD", "new", "1-1", "f", "v"}), StartsWith("-"));
  EXPECT_THAT(other.Ask({"XREADGROUP", "GROUP", "g", "ann", "STREAMS", "s", ">"}), StartsWith("-"));
  other.Ask({"MULTI"});
  other.Ask({"XADD", "s", "2-1", "f", "v"});
  other.Ask({"XLEN", "s"});
  EXPECT_THAT(other.Ask({"EXEC"}), StartsWith("[-"));
  EXPECT_EQ(client.Ask({"XRANGE", "s", "-", "+", "COUNT", "1"}), R"([["1-1" ["f" "v"]]])");
  EXPECT_EQ(client.Ask({"PUBLISH", "ch", "x"}), "0");
  client.SendCommand({"INFO", "persistence"});
  EXPECT_THAT(client.ReadText(), HasSubstr("aof_last_write_status:err"));
  fs->Disarm();
  ASSERT_OK(log_->Reopen());
  EXPECT_EQ(client.Ask({"XADD", "s", "5-5", "f", "v"}), R"("5-5")");
  EXPECT_THAT(other.Ask({"XREADGROUP", "GROUP", "g", "ann", "STREAMS", "s", ">"}),
              StartsWith(R"([["s" [["1-1")"));
  server_.reset();
  log_.reset();
}

TEST_F(SurvivalTest, AFullDiskTakesNothingNewAndGivesBack) {
  OpenOptions options;
  options.maintenance_interval = absl::InfiniteDuration();
  ASSERT_OK_AND_ASSIGN(log_, Open(directory_.path(), options));
  Start();
  EXPECT_EQ(Connect().Ask({"XADD", "s", "1-1", "f", "v"}), R"("1-1")");
  server_.reset();
  log_.reset();
  // More than any disk has left.
  options.disk_free_min = uint64_t{1} << 60;
  ASSERT_OK_AND_ASSIGN(log_, Open(directory_.path(), options));
  ASSERT_OK(log_->Maintain());
  Start();
  RespClient client = Connect();
  EXPECT_THAT(client.Ask({"XADD", "s", "1-2", "f", "v"}), StartsWith("-MISCONF"));
  EXPECT_EQ(client.Ask({"XLEN", "s"}), "1");
  EXPECT_EQ(client.Ask({"XTRIM", "s", "MAXLEN", "0"}), "1");
  EXPECT_EQ(client.Ask({"DEL", "s"}), "1");
  server_.reset();
  log_.reset();
}

// The limit under which one descriptor is left.
rlim_t LimitThatLeavesOne() {
  int left = 0, limit = 0;
  while (left < 1) left += fcntl(limit++, F_GETFD) < 0 ? 1 : 0;
  return static_cast<rlim_t>(limit);
}

TEST_F(SurvivalTest, DescriptorsThatRunOutHoldNewClientsUpAndNoOthers) {
  Start();
  RespClient first = Connect();
  EXPECT_EQ(first.Ask({"XADD", "s", "1-1", "f", "v"}), R"("1-1")");
  std::vector<RespClient> more;
  more.push_back(Connect());
  EXPECT_EQ(more[0].Ask({"PING"}), "+PONG");
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  // One more: the client's, and none for the server's side of it.
  rlimit tight = before;
  tight.rlim_cur = LimitThatLeavesOne();
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &tight), 0);
  RespClient late = Connect();
  late.SendCommand({"PING"});
  for (int i = 0; i < 100; ++i) EXPECT_EQ(first.Ask({"PING"}), "+PONG");
  EXPECT_EQ(first.Ask({"XADD", "s", "1-2", "f", "v"}), R"("1-2")");
  // Both of its descriptors are free again.
  more.clear();
  EXPECT_EQ(late.Read(), "+PONG");
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
}

}  // namespace
}  // namespace evlog::server
