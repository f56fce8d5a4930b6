import Gateway
import Service

ServiceMain.run(GatewayService.self)
