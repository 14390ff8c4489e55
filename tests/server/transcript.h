// Conversations with a server, as text: what each client sends, and what it is answered.
//
//   a> XADD s 1-1 f v       client a sends a command; clients are made as they appear
//   a: "1-1"                and reads a reply (see RespClient::Read)
//   a: ...                  any reply; `-ERR unk...` is one that begins so
//   blocked 1               until INFO says that so many clients wait
//   subscribed 2 ch         until the channel has so many subscribers
//   # a comment
//
// A line that ends with a backslash goes on in the next one.
#ifndef EVLOG_TESTS_SERVER_TRANSCRIPT_H_
#define EVLOG_TESTS_SERVER_TRANSCRIPT_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "tests/server/resp_client.h"

namespace evlog::server {

class Transcript {
 public:
  // `prelude`: each client sends it first, and takes no notice of the reply.
  explicit Transcript(uint16_t port, std::string prelude = "")
      : port_(port), prelude_(std::move(prelude)) {}

  // Fails the test at the first line that does not hold. Clients stay for the next one.
  void Play(std::string_view text);

 private:
  RespClient& Of(const std::string& name);
  void PlayLine(const std::string& line);
  void AwaitInfo(const std::string& field, const std::string& value);

  const uint16_t port_;
  const std::string prelude_;
  std::map<std::string, RespClient> clients_;
};

}  // namespace evlog::server

#endif  // EVLOG_TESTS_SERVER_TRANSCRIPT_H_
