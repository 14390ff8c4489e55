#include "tests/server/resp_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "server/wire/resp_parser.h"

namespace evlog::server {

namespace {

constexpr int kPatienceS = 30;

std::string Quote(std::string_view bytes) {
  std::string text = "\"";
  for (const char c : bytes) {
    if (c == '\r') {
      text += "\\r";
    } else if (c == '\n') {
      text += "\\n";
    } else {
      text += c;
    }
  }
  return text + "\"";
}

}  // namespace

std::string EncodeCommand(const std::vector<std::string>& args) {
  std::string bytes = "*" + std::to_string(args.size()) + "\r\n";
  for (const std::string& arg : args) {
    bytes += "$" + std::to_string(arg.size()) + "\r\n" + arg + "\r\n";
  }
  return bytes;
}

std::vector<std::string> EncodeWords(std::string_view line) {
  std::vector<std::string> words;
  if (!SplitInline(line, &words)) std::abort();
  return words;
}

RespClient::RespClient(uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const timeval patience{kPatienceS, 0};
  const int one = 1;
  setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    close(fd_);
    fd_ = -1;
  }
}

RespClient::RespClient(RespClient&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), buffer_(std::move(other.buffer_)), at_(other.at_) {}

RespClient::~RespClient() {
  if (fd_ >= 0) close(fd_);
}

bool RespClient::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

void RespClient::SendCommand(const std::vector<std::string>& args) { Send(EncodeCommand(args)); }

void RespClient::EndSending() { shutdown(fd_, SHUT_WR); }

bool RespClient::Fill() {
  if (at_ > 0) {
    buffer_.erase(0, at_);
    at_ = 0;
  }
  char bytes[65536];
  const ssize_t got = recv(fd_, bytes, sizeof bytes, 0);
  if (got <= 0) return false;
  buffer_.append(bytes, static_cast<size_t>(got));
  return true;
}

bool RespClient::ReadLine(std::string* line) {
  size_t end;
  while ((end = buffer_.find("\r\n", at_)) == std::string::npos) {
    if (!Fill()) return false;
  }
  *line = buffer_.substr(at_, end - at_);
  at_ = end + 2;
  return true;
}

bool RespClient::ReadBytes(size_t size, std::string* bytes) {
  while (buffer_.size() - at_ < size + 2) {
    if (!Fill()) return false;
  }
  *bytes = buffer_.substr(at_, size);
  at_ += size + 2;
  return true;
}

std::string RespClient::ReadItems(std::string_view open, int64_t count, std::string_view close) {
  std::string text(open);
  for (int64_t i = 0; i < count; ++i) {
    if (i > 0) text += ' ';
    text += Read();
  }
  return text.append(close);
}

std::string RespClient::Read() {
  std::string line;
  if (!ReadLine(&line)) return "closed";
  const int64_t number = std::atoll(line.c_str() + 1);
  std::string bytes;
  switch (line.front()) {
    case '$':
      if (number < 0) return "nil";
      return ReadBytes(static_cast<size_t>(number), &bytes) ? Quote(bytes) : "closed";
    case '=':
      return ReadBytes(static_cast<size_t>(number), &bytes) ? "=" + Quote(bytes.substr(4))
                                                            : "closed";
    case '_':
      return "nil";
    case ':':
      return line.substr(1);
    case '*':
      return number < 0 ? "nil[]" : ReadItems("[", number, "]");
    case '%':
      return ReadItems("{", 2 * number, "}");
    case '~':
      return ReadItems("~[", number, "]");
    case '>':
      return ReadItems(">[", number, "]");
    default:
      return line;
  }
}

std::string RespClient::ReadText() {
  std::string line, bytes;
  if (!ReadLine(&line)) return "closed";
  const bool verbatim = line.front() == '=';
  if (!ReadBytes(static_cast<size_t>(std::atoll(line.c_str() + 1)), &bytes)) return "closed";
  return verbatim ? bytes.substr(4) : bytes;
}

std::string RespClient::ReadAll() {
  while (Fill()) {
  }
  return std::exchange(buffer_, {}).substr(std::exchange(at_, 0));
}

}  // namespace evlog::server
