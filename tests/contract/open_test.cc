// Directories that can be opened, and those that cannot. On the disk only.
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "evlog/event_log.h"
#include "tests/support/files.h"
#include "tests/support/owned_entry.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace evlog {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class OpenTest : public ::testing::Test {
 protected:
  std::string Path(std::string_view name) const { return temp_.Path(name); }
  // A log with one entry, closed.
  std::string MakeLog() {
    const std::string path = Path("log");
    const absl::StatusOr<std::unique_ptr<EventLog>> log = Open(path);
    EXPECT_OK(log);
    absl::StatusOr<Stream> stream = (*log)->OpenStream("s");
    EXPECT_OK(stream);
    EXPECT_OK(stream->Append({{"v", "a"}}));
    return path;
  }

 private:
  TempDir temp_;
};

TEST_F(OpenTest, CreatesADirectoryOnlyIfItMay) {
  EXPECT_THAT(Open(Path("log"), {.create_if_missing = false}),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr(Path("log"))));
  EXPECT_FALSE(std::filesystem::exists(Path("log")));
  EXPECT_OK(Open(Path("log")));
  EXPECT_OK(Open(Path("log"), {.create_if_missing = false}));
  EXPECT_OK(Open(Path("log") + "/"));
  EXPECT_THAT(Open(""), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(OpenTest, TakesAnEmptyDirectory) {
  std::filesystem::create_directory(Path("log"));
  EXPECT_THAT(Open(Path("log"), {.create_if_missing = false}),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_TRUE(std::filesystem::is_empty(Path("log")));
  EXPECT_OK(Open(Path("log")));
}

TEST_F(OpenTest, TakesADirectoryOnceAtATime) {
  const std::string path = MakeLog();
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventLog> first, Open(path));
  EXPECT_THAT(Open(path), StatusIs(absl::StatusCode::kUnavailable, HasSubstr("this process")));
  EXPECT_THAT(Open(path + "/"), StatusIs(absl::StatusCode::kUnavailable));
  // The second attempt did no harm: the first still owns it.
  EXPECT_OK(first->OpenStream("t"));
  EXPECT_THAT(Open(path), StatusIs(absl::StatusCode::kUnavailable));
}

// A process that holds the lock of `path`, as the owner of a log does, until it is told to end.
class Holder {
 public:
  explicit Holder(const std::string& path) {
    int ready[2];
    int done[2];
    if (pipe(ready) != 0 || pipe(done) != 0) std::abort();
    pid_ = fork();
    if (pid_ == 0) {
      char byte = 0;
      struct flock lock = {};
      lock.l_type = F_WRLCK;
      lock.l_whence = SEEK_SET;
      const int fd = open((path + "/LOCK").c_str(), O_RDWR);
      if (fcntl(fd, F_SETLK, &lock) != 0 || write(ready[1], &byte, 1) != 1) _exit(1);
      _exit(read(done[0], &byte, 1) == 1 ? 0 : 1);
    }
    char byte = 0;
    if (read(ready[0], &byte, 1) != 1) std::abort();
    done_ = done[1];
    for (const int fd : {ready[0], ready[1], done[0]}) close(fd);
  }
  ~Holder() {
    char byte = 0;
    int status = 0;
    EXPECT_EQ(write(done_, &byte, 1), 1);
    EXPECT_EQ(waitpid(pid_, &status, 0), pid_);
    EXPECT_EQ(status, 0);
    close(done_);
  }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_;
  int done_;
};

TEST_F(OpenTest, NamesTheProcessThatHoldsIt) {
  const std::string path = MakeLog();
  {
    const Holder holder(path);
    EXPECT_THAT(Open(path),
                StatusIs(absl::StatusCode::kUnavailable,
                         AllOf(HasSubstr(path), HasSubstr(std::to_string(holder.pid())))));
    const absl::StatusOr<std::unique_ptr<EventLog>> reader = OpenReadOnly(path);
    ASSERT_OK(reader);
    EXPECT_THAT(ReadAll(**reader, {.stream = "s"}), IsOkAndHolds(SizeIs(1)));
  }
  EXPECT_OK(Open(path));
}

TEST_F(OpenTest, LeavesWhatIsNotALogAlone) {
  std::filesystem::create_directory(Path("home"));
  WriteFile(Path("home") + "/letter", "dear");
  EXPECT_THAT(Open(Path("home")),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("not an evlog directory")));
  EXPECT_THAT(OpenReadOnly(Path("home")),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("not an evlog directory")));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(Path("home")), {}), 1);
  WriteFile(Path("file"), "");
  EXPECT_FALSE(Open(Path("file")).ok());
  EXPECT_FALSE(OpenReadOnly(Path("file")).ok());
}

TEST_F(OpenTest, RefusesANewerFormat) {
  const std::string path = MakeLog();
  const std::string marker = ReadFile(path + "/EVLOG");
  WriteFile(path + "/EVLOG", "evlog format 777\n");
  EXPECT_THAT(Open(path), StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("format 777")));
  EXPECT_THAT(OpenReadOnly(path),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("format 777")));
  EXPECT_EQ(ReadFile(path + "/EVLOG"), "evlog format 777\n");
  WriteFile(path + "/EVLOG", "somebody else's\n");
  EXPECT_THAT(Open(path), StatusIs(absl::StatusCode::kDataLoss, HasSubstr("EVLOG")));
  WriteFile(path + "/EVLOG", "");
  EXPECT_THAT(Open(path), StatusIs(absl::StatusCode::kDataLoss, HasSubstr("EVLOG")));
  WriteFile(path + "/EVLOG", marker);
  EXPECT_OK(Open(path));
}

TEST_F(OpenTest, RefusesALogThatLostItsDatabase) {
  const std::string path = MakeLog();
  std::filesystem::remove(path + "/db/CURRENT");
  EXPECT_THAT(Open(path), StatusIs(absl::StatusCode::kDataLoss, HasSubstr("CURRENT")));
}

// A log that never flushed has nothing but its write-ahead log.
TEST_F(OpenTest, RefusesALogWhoseOnlyFileIsGone) {
  const std::string path = MakeLog();
  for (const auto& file : std::filesystem::directory_iterator(path + "/db")) {
    if (file.path().extension() == ".log") std::filesystem::remove(file.path());
  }
  EXPECT_THAT(Open(path), StatusIs(absl::StatusCode::kDataLoss, HasSubstr(path)));
  EXPECT_THAT(OpenReadOnly(path), StatusIs(absl::StatusCode::kDataLoss, HasSubstr(path)));
  std::filesystem::remove_all(path + "/db");
  EXPECT_THAT(Open(path), StatusIs(absl::StatusCode::kDataLoss, HasSubstr(path)));
  EXPECT_THAT(OpenReadOnly(path), StatusIs(absl::StatusCode::kDataLoss, HasSubstr(path)));
}

TEST_F(OpenTest, RefusesOptionsOutOfRange) {
  OpenOptions options;
  options.in_flight_bytes = 0;
  EXPECT_THAT(Open(Path("log"), options),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("in_flight_bytes")));
  EXPECT_FALSE(std::filesystem::exists(Path("log")));
  const std::string path = MakeLog();
  EXPECT_THAT(OpenReadOnly(path, {.poll_min = absl::ZeroDuration()}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("poll_min")));
}

TEST_F(OpenTest, FinishesWhatAnInterruptedFirstOpeningLeft) {
  std::filesystem::create_directory(Path("log"));
  WriteFile(Path("log") + "/LOCK", "");
  WriteFile(Path("log") + "/EVLOG.new", "evlog fo");
  EXPECT_OK(Open(Path("log")));
  // Only the marker is there, and does not name the log so far.
  std::filesystem::remove_all(Path("log") + "/db");
  const std::string marker = ReadFile(Path("log") + "/EVLOG");
  WriteFile(Path("log") + "/EVLOG", marker.substr(0, marker.find('\n') + 1));
  const absl::StatusOr<std::unique_ptr<EventLog>> log = Open(Path("log"));
  ASSERT_OK(log);
  EXPECT_THAT((*log)->ListStreams(), IsOkAndHolds(IsEmpty()));
}

}  // namespace
}  // namespace evlog
