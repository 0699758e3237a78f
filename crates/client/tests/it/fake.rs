//! A scripted peer over loopback: just enough of a server to test a client against, with the
//! faults a real one has only rarely.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::sync::{broadcast, mpsc};
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::tungstenite::Message;

/// What happens to the next message.
pub enum Fault {
    /// The connection breaks before it is stored.
    LoseBefore,
    /// It is stored and the connection breaks before the ack.
    LoseAfter,
    /// It is refused with this error.
    Refuse(Value),
    /// It is stored and acknowledged, but its event reaches no one.
    Silent,
}

#[derive(Default)]
struct World {
    /// Events of `general`, in order of `rev`.
    log: Vec<Value>,
    seqs: i64,
    /// Acks by `client_id`.
    acks: HashMap<String, Value>,
    faults: VecDeque<Fault>,
    /// Every command that came, in order.
    heard: Vec<Value>,
    access: String,
    refresh: String,
    generation: u32,
}

pub struct Fake {
    pub port: u16,
    world: Arc<Mutex<World>>,
    live: broadcast::Sender<String>,
}

/// Which door the peer is.
pub enum Door {
    Lines,
    Ws,
    Tls(TlsAcceptor),
}

impl Fake {
    pub async fn start(door: Door) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let world = World { access: "a0".into(), refresh: "r0".into(), ..World::default() };
        let world = Arc::new(Mutex::new(world));
        let live = broadcast::Sender::new(100);
        let fake = Self { port, world: Arc::clone(&world), live: live.clone() };
        let door = Arc::new(door);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (world, live, door) = (Arc::clone(&world), live.clone(), Arc::clone(&door));
                tokio::spawn(async move {
                    match &*door {
                        Door::Lines => lines(socket, world, live).await,
                        Door::Tls(acceptor) => {
                            if let Ok(socket) = acceptor.accept(socket).await {
                                lines(socket, world, live).await;
                            }
                        }
                        Door::Ws => {
                            let socket = tokio_tungstenite::accept_async(socket).await.unwrap();
                            ws(socket, world, live).await;
                        }
                    }
                });
            }
        });
        fake
    }

    pub fn fault(&self, fault: Fault) {
        self.world.lock().unwrap().faults.push_back(fault);
    }

    /// The commands of this type that came.
    pub fn heard(&self, kind: &str) -> Vec<Value> {
        self.world.lock().unwrap().heard.iter().filter(|command| command["type"] == kind).cloned().collect()
    }

    /// The contents of the stored messages.
    pub fn stored(&self) -> Vec<String> {
        let world = self.world.lock().unwrap();
        let text = |event: &Value| event["message"]["content"].as_str().unwrap().to_owned();
        world.log.iter().map(text).collect()
    }

    /// Someone else sends a message.
    pub fn say(&self, text: &str) {
        let event = self.world.lock().unwrap().store(2, text);
        let _ = self.live.send(event.to_string());
    }

    /// Someone else sends a message and this client does not hear it.
    pub fn whisper(&self, text: &str) {
        self.world.lock().unwrap().store(2, text);
    }

    /// Sends a frame to everyone.
    pub fn tell(&self, frame: &Value) {
        let _ = self.live.send(frame.to_string());
    }

    /// Access tokens are not valid any more; with `all` refresh tokens neither.
    pub fn revoke(&self, all: bool) {
        let mut world = self.world.lock().unwrap();
        world.access = "none".into();
        if all {
            world.refresh = "none".into();
        }
    }

    /// No more faults.
    pub fn forget_faults(&self) {
        self.world.lock().unwrap().faults.clear();
    }
}

impl World {
    fn store(&mut self, sender: i64, text: &str) -> Value {
        self.seqs += 1;
        let rev = self.log.len() + 1;
        let event = json!({"type":"new_message","chat_id":"general","rev":rev,"message":{
            "id":format!("1-{}", self.seqs),"seq":self.seqs,"sender_id":sender,"sender_username":format!("user{sender}"),
            "content":text,"message_type":"text","timestamp":"2026-01-01T00:00:00.000Z"}});
        self.log.push(event.clone());
        event
    }

    fn chat(&self) -> Value {
        json!({"id":"general","type":"room","name":"General","created_at":"2026-01-01T00:00:00.000Z","rev":self.log.len(),
            "last_seq":self.seqs,"member_count":2,"role":"member","read_seq":self.seqs})
    }

    fn success(&mut self, tokens: bool) -> Value {
        let mut success =
            json!({"type":"auth_success","user_id":1,"username":"user1","expires_in":900,"account_rev":1});
        if tokens {
            self.generation += 1;
            self.access = format!("a{}", self.generation);
            self.refresh = format!("r{}", self.generation);
            success["access_token"] = json!(self.access);
            success["refresh_token"] = json!(self.refresh);
        }
        success
    }
}

fn error(code: &str) -> Value {
    json!({"type":"error","code":code,"message":"No."})
}

async fn lines<S: AsyncRead + AsyncWrite + Send + 'static>(
    socket: S,
    world: Arc<Mutex<World>>,
    live: broadcast::Sender<String>,
) {
    let (read, mut write) = tokio::io::split(socket);
    let (to_us, frames) = mpsc::channel(100);
    tokio::spawn(async move {
        let mut lines = BufReader::new(read).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            if to_us.send(line).await.is_err() {
                return;
            }
        }
    });
    let (out, mut from_us) = mpsc::channel::<String>(100);
    let writing = tokio::spawn(async move {
        while let Some(frame) = from_us.recv().await {
            if write.write_all(format!("{frame}\n").as_bytes()).await.is_err() {
                return;
            }
        }
        let _ = write.shutdown().await;
    });
    serve(frames, out, world, live).await;
    let _ = writing.await;
}

async fn ws(
    socket: tokio_tungstenite::WebSocketStream<tokio::net::TcpStream>,
    world: Arc<Mutex<World>>,
    live: broadcast::Sender<String>,
) {
    let (mut write, mut read) = socket.split();
    let (to_us, frames) = mpsc::channel(100);
    tokio::spawn(async move {
        while let Some(Ok(message)) = read.next().await {
            if let Message::Text(text) = message
                && to_us.send(text.as_str().to_owned()).await.is_err()
            {
                return;
            }
        }
    });
    let (out, mut from_us) = mpsc::channel::<String>(100);
    let writing = tokio::spawn(async move {
        while let Some(frame) = from_us.recv().await {
            let frame: Value = serde_json::from_str(&frame).unwrap();
            let message = if frame["type"] == "bye" {
                let code = u16::try_from(frame["code"].as_u64().unwrap()).unwrap();
                let reason = frame["reason"].as_str().unwrap().to_owned();
                Message::Close(Some(tokio_tungstenite::tungstenite::protocol::CloseFrame {
                    code: code.into(),
                    reason: reason.into(),
                }))
            } else {
                Message::text(frame.to_string())
            };
            let _ = write.send(message).await;
        }
    });
    serve(frames, out, world, live).await;
    let _ = writing.await;
}

/// Answers until the connection ends.
async fn serve(
    mut frames: mpsc::Receiver<String>,
    out: mpsc::Sender<String>,
    world: Arc<Mutex<World>>,
    live: broadcast::Sender<String>,
) {
    let mut events = live.subscribe();
    let mut signed_in = false;
    loop {
        let line = tokio::select! {
            line = frames.recv() => match line { Some(line) => line, None => return },
            Ok(event) = events.recv(), if signed_in => {
                let bye = event.contains(r#""type":"bye""#);
                let _ = out.send(event).await;
                if bye { return }
                continue;
            }
        };
        let command: Value = serde_json::from_str(&line).unwrap();
        let mut answers = Vec::new();
        let mut lose = false;
        {
            let mut world = world.lock().unwrap();
            world.heard.push(command.clone());
            match command["type"].as_str().unwrap() {
                "auth" if command["token"] == world.access => answers.push(world.success(false)),
                "refresh" if command["refresh_token"] == world.refresh => answers.push(world.success(true)),
                "login" if command["password"] == "right" => answers.push(world.success(true)),
                "auth" | "refresh" => answers.push(error("unauthorized")),
                "login" => answers.push(error("invalid_credentials")),
                "ping" => answers.push(json!({"type":"pong","timestamp":"2026-01-01T00:00:00.000Z"})),
                "list_chats" => answers.push(json!({"type":"chats","chats":[world.chat()],"account_rev":1})),
                "sync" => {
                    let from = command["chats"]["general"].as_u64().map_or(world.log.len(), |rev| rev as usize);
                    answers.extend(world.log[from..].iter().cloned());
                    answers.push(json!({"type":"sync_done","account":1,"chats":{"general":world.log.len()}}));
                }
                "message" => {
                    let fault = world.faults.pop_front();
                    match fault {
                        Some(Fault::LoseBefore) => lose = true,
                        Some(Fault::Refuse(error)) => answers.push(error),
                        fault => {
                            let key = command["client_id"].as_str().unwrap().to_owned();
                            let known = world.acks.get(&key).cloned();
                            let ack = known.unwrap_or_else(|| {
                                let event = world.store(1, command["content"].as_str().unwrap());
                                if !matches!(fault, Some(Fault::Silent)) {
                                    let _ = live.send(event.to_string());
                                }
                                let ack = json!({"type":"ack","chat_id":"general","rev":event["rev"],"message_id":event["message"]["id"],
                                    "seq":event["message"]["seq"],"timestamp":"2026-01-01T00:00:00.000Z"});
                                world.acks.insert(key, ack.clone());
                                ack
                            });
                            answers.push(ack);
                            lose = matches!(fault, Some(Fault::LoseAfter));
                        }
                    }
                }
                other => panic!("the fake does not know {other}"),
            }
            signed_in |= answers.iter().any(|answer| answer["type"] == "auth_success");
        }
        if lose {
            return;
        }
        for mut answer in answers {
            if answer.get("rev").is_none() || answer["type"] == "ack" {
                answer["id"] = command["id"].clone();
            }
            if out.send(answer.to_string()).await.is_err() {
                return;
            }
        }
    }
}
