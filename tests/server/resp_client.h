// A client of the server's for tests: a plain socket, and replies as text.
#ifndef EVLOG_TESTS_SERVER_RESP_CLIENT_H_
#define EVLOG_TESTS_SERVER_RESP_CLIENT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace evlog::server {

// Reads wait up to half a minute; then, and when the connection ends, what they answer says so.
class RespClient {
 public:
  explicit RespClient(uint16_t port);
  ~RespClient();
  RespClient(RespClient&& other) noexcept;
  RespClient(const RespClient&) = delete;

  // Raw bytes; false: the server has closed the connection.
  bool Send(std::string_view bytes);
  void SendCommand(const std::vector<std::string>& args);
  // Nothing more will be sent.
  void EndSending();

  // The next reply in one line: "a" for a bulk string, +OK, -ERR ..., 7, nil (nil[] where RESP2 has
  // a null array), [a b], {key value}, ~[set], >[push], #t, ,1.5, =text. "closed" at the end of the
  // connection.
  std::string Read();
  std::string Ask(const std::vector<std::string>& args) {
    SendCommand(args);
    return Read();
  }
  // The bytes of a bulk or verbatim string.
  std::string ReadText();
  // Everything until the server closes the connection.
  std::string ReadAll();

 private:
  bool Fill();
  bool ReadLine(std::string* line);
  bool ReadBytes(size_t size, std::string* bytes);
  std::string ReadItems(std::string_view open, int64_t count, std::string_view close);

  int fd_;
  std::string buffer_;
  size_t at_ = 0;
};

std::vector<std::string> EncodeWords(std::string_view line);
std::string EncodeCommand(const std::vector<std::string>& args);

}  // namespace evlog::server

#endif  // EVLOG_TESTS_SERVER_RESP_CLIENT_H_
