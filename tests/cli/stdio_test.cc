// Reading and writing file descriptors: the two ends of the command line.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <string>

#include "cli/input.h"
#include "cli/output.h"
#include "tests/support/status_matchers.h"

namespace evlog::cli {
namespace {

class Pipe {
 public:
  Pipe() { EXPECT_EQ(pipe2(fds_, O_CLOEXEC), 0); }
  ~Pipe() {
    CloseReader();
    CloseWriter();
  }
  int reader() const { return fds_[0]; }
  int writer() const { return fds_[1]; }
  void CloseReader() { Close(&fds_[0]); }
  void CloseWriter() { Close(&fds_[1]); }
  void Write(const std::string& bytes) {
    ASSERT_EQ(write(writer(), bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }
  std::string Read() {
    char bytes[4096];
    const ssize_t got = read(reader(), bytes, sizeof bytes);
    return std::string(bytes, got > 0 ? static_cast<size_t>(got) : 0);
  }

 private:
  static void Close(int* fd) {
    if (*fd >= 0) close(*fd);
    *fd = -1;
  }
  int fds_[2];
};

TEST(OutputTest, WritesWhenThereIsABlock) {
  Pipe pipe;
  Output output(pipe.writer(), /*block_bytes=*/4);
  output.buffer()->append("abc");
  EXPECT_OK(output.FlushIfFull());
  EXPECT_EQ(output.buffer()->size(), 3u);
  output.buffer()->append("de");
  EXPECT_OK(output.FlushIfFull());
  EXPECT_TRUE(output.buffer()->empty());
  EXPECT_EQ(pipe.Read(), "abcde");
}

TEST(OutputTest, AReaderThatHasGoneIsNoError) {
  signal(SIGPIPE, SIG_IGN);
  Pipe pipe;
  Output output(pipe.writer());
  pipe.CloseReader();
  output.buffer()->append("abc");
  EXPECT_OK(output.Flush());
  EXPECT_TRUE(output.closed());
  output.buffer()->append("abc");
  EXPECT_OK(output.Flush());
  EXPECT_TRUE(output.buffer()->empty());
}

TEST(OutputTest, AFullDiskIsAnError) {
  const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
  ASSERT_GE(full, 0);
  Output output(full);
  output.buffer()->append("abc");
  EXPECT_THAT(output.Flush(), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_FALSE(output.closed());
  close(full);
}

TEST(FdSourceTest, TellsBeforeItWaits) {
  Pipe pipe;
  int waits = 0;
  FdSource source(pipe.reader(), /*wake_fd=*/-1, [&] {
    // The wait begins now; give it what it waits for.
    ++waits;
    pipe.Write("late");
    return absl::OkStatus();
  });
  char bytes[16];
  pipe.Write("early");
  EXPECT_THAT(source.Read(bytes, sizeof bytes), IsOkAndHolds(5u));
  EXPECT_EQ(waits, 0);
  EXPECT_THAT(source.Read(bytes, sizeof bytes), IsOkAndHolds(4u));
  EXPECT_EQ(waits, 1);
  pipe.CloseWriter();
  EXPECT_THAT(source.Read(bytes, sizeof bytes), IsOkAndHolds(0u));
}

TEST(FdSourceTest, AWakeEndsIt) {
  Pipe pipe;
  Pipe wake;
  FdSource source(pipe.reader(), wake.reader(), [&] {
    wake.Write("!");
    return absl::OkStatus();
  });
  char bytes[16];
  EXPECT_THAT(source.Read(bytes, sizeof bytes), StatusIs(absl::StatusCode::kCancelled));
  // Also with bytes at hand: nothing more is read.
  pipe.Write("more");
  EXPECT_THAT(source.Read(bytes, sizeof bytes), StatusIs(absl::StatusCode::kCancelled));
}

TEST(FdSourceTest, ADirectoryIsAnError) {
  const int directory = open("/", O_RDONLY | O_CLOEXEC);
  FdSource source(directory, /*wake_fd=*/-1, nullptr);
  char bytes[16];
  EXPECT_THAT(source.Read(bytes, sizeof bytes), StatusIs(absl::StatusCode::kUnavailable));
  close(directory);
}

}  // namespace
}  // namespace evlog::cli
